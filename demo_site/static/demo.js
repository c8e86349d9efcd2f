/* What the magazine's own pages do: leave an address, fill a basket, ask the server for a choice of stories. */
(() => {
  'use strict';
  const all = selector => [...document.querySelectorAll(selector)];

  all('[data-letter]').forEach(form => {
    const button = form.querySelector('button');
    button.disabled = false;
    form.addEventListener('submit', event => {
      event.preventDefault();
      window.rollcall('identify', { email: form.elements.email.value.trim() });
      form.querySelector('.note').textContent = 'Thank you. One moment…';
    });
  });

  const basket = document.querySelector('[data-basket]');
  let things = 0;
  let sum = 0;
  all('[data-add]').forEach(button => {
    button.addEventListener('click', () => {
      const { add: product, price, topic } = button.dataset;
      window.rollcall('track', 'Product Added', { product, price: Number(price), topic });
      things += 1;
      sum += Number(price);
      button.firstChild.textContent = 'Added ';
      if (basket) basket.textContent = `${things} ${things === 1 ? 'thing' : 'things'} in your basket, €${sum}.`;
    });
  });

  const chosen = document.querySelector('[data-chosen]');
  const choose = async () => {
    const authorization = window.rollcall.authorization();
    if (!authorization) return;
    const answer = await fetch('/demo/for-you', { headers: { Authorization: authorization } });
    if (answer.ok) chosen.innerHTML = await answer.text();
  };
  const choosing = () => choose().catch(() => {});
  if (chosen) {
    window.rollcall('ready', choosing);
    window.rollcall('on', 'change', choosing);
  }
})();
