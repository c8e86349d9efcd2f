/* The panel: asks the server for its fragment whenever something may have changed, and follows the live line. */
(() => {
  'use strict';
  const panel = document.querySelector('.panel');
  const find = name => panel.querySelector(`[data-${name}]`);
  const content = find('panel-content');
  const toggle = find('panel-toggle');
  const root = document.documentElement;

  // Open or closed.
  const show = state => {
    root.dataset.panel = state;
    const open = state === 'open';
    toggle.setAttribute('aria-expanded', String(open));
    find('panel-action').textContent = open ? 'Hide the panel' : 'Show what the system knows about you';
  };
  show(root.dataset.panel);
  toggle.addEventListener('click', () => {
    show(root.dataset.panel === 'open' ? 'closed' : 'open');
    try {
      sessionStorage.setItem('panel', root.dataset.panel);
    } catch {
      // Nothing is kept then.
    }
  });
  document.addEventListener('keydown', event => {
    if (event.key === 'Escape' && panel.contains(document.activeElement) && root.dataset.panel === 'open') {
      toggle.click();
      toggle.focus();
    }
  });

  const proof = () => (window.rollcall.authorization && window.rollcall.authorization()) || '';
  const withProof = () => ({ headers: { Authorization: proof() }, cache: 'no-store' });

  // The fragment. One question at a time; what changes meanwhile is asked for once more.
  let asking = false;
  let again = false;
  const refresh = async () => {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      do {
        again = false;
        if (!proof()) break;
        const answer = await fetch('/demo/panel', withProof());
        if (!answer.ok) break;
        const fragment = await answer.text();
        kept.set(fragment);
        replace(fragment);
      } while (again);
    } catch {
      // The live line notices and says so.
    } finally {
      asking = false;
    }
  };

  // What was last seen stands at once on the next page, until the server has spoken.
  const kept = {
    get: () => {
      try {
        return sessionStorage.getItem('panel-content');
      } catch {
        return null;
      }
    },
    set: fragment => {
      try {
        if (fragment) sessionStorage.setItem('panel-content', fragment);
        else sessionStorage.removeItem('panel-content');
      } catch {
        // Then the next page starts empty.
      }
    },
  };

  const values = () => new Map([...content.querySelectorAll('[data-key]')].map(it => [it.dataset.key, it.textContent]));

  const replace = fragment => {
    const before = values();
    content.innerHTML = fragment;
    if (before.size) {
      content.querySelectorAll('[data-key]').forEach(it => {
        if (before.get(it.dataset.key)?.split(' ')[0] !== it.textContent.split(' ')[0]) it.classList.add('changed');
      });
    }
    const summary = content.querySelector('[data-summary]');
    if (summary) find('panel-summary').textContent = summary.dataset.summary;
  };

  if (kept.get()) replace(kept.get());

  find('start-over').addEventListener('click', () => {
    window.rollcall('reset');
    kept.set('');
    location.reload();
  });

  find('consent').addEventListener('click', () => {
    window.rollcall('consent', true);
    find('panel-consent').hidden = true;
  });

  // Latency: from the tag's post to its answer, as the browser measured it.
  const measured = [];
  const draw = () => {
    const last = measured.slice(-20);
    const most = Math.max(...last, 20);
    find('latency').textContent = `${Math.round(measured.at(-1))} ms`;
    const middle = [...measured].sort((one, other) => one - other)[measured.length >> 1];
    const note = measured.length > 1 ? `the tag’s post to its answer; median of ${measured.length}: ${Math.round(middle)} ms` : 'the tag’s post to its answer, measured in this page';
    find('latency-note').textContent = note;
    const bar = (time, i) => `M${i * 6 + 3} 24v${-Math.max(1.5, (time / most) * 22)}`;
    find('latency-bars').innerHTML = `<path d="${last.map(bar).join('')}"/>`;
  };
  const isPost = entry => entry.initiatorType === 'fetch' && /\/v1\/[a-z]+$/.test(new URL(entry.name).pathname) && !/\/v1\/(me|live)$/.test(entry.name);
  new PerformanceObserver(list => {
    const found = list.getEntries().filter(isPost).map(entry => entry.duration);
    if (!found.length) return;
    measured.push(...found);
    draw();
    refresh();
  }).observe({ type: 'resource', buffered: true });

  // The live line. Open while the page is seen; tried again with growing patience.
  let line = null;
  const light = state => (find('panel-light').dataset.state = state);

  const hear = text => {
    if (text) {
      const { changes } = JSON.parse(text);
      if (changes.length) find('panel-news').textContent = changes.map(change => change.text).join('. ');
      if (changes.some(change => change.cause !== 'EVENT')) window.rollcall('refresh');
    }
    refresh();
  };

  const follow = async signal => {
    const answer = await fetch('/demo/live', { ...withProof(), signal });
    if (!answer.ok) throw new Error(String(answer.status));
    light('live');
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop();
      lines.forEach(hear);
    }
  };

  const listen = async () => {
    if (line || !proof()) return;
    line = new AbortController();
    const { signal } = line;
    for (let patience = 500; !signal.aborted; patience = Math.min(patience * 2, 15000)) {
      const began = performance.now();
      await follow(signal).catch(() => {});
      if (signal.aborted) return;
      light('lost');
      if (performance.now() - began > 15000) patience = 500;
      await new Promise(wake => setTimeout(wake, patience));
    }
  };
  const stop = () => {
    if (line) line.abort();
    line = null;
    light('');
  };

  document.addEventListener('visibilitychange', () => (document.hidden ? stop() : listen()));
  addEventListener('pagehide', stop);
  addEventListener('pageshow', event => event.persisted && listen());
  const awake = () => {
    find('panel-consent').hidden = !!proof();
    listen();
    refresh();
  };
  window.rollcall('ready', awake);
  window.rollcall('on', 'change', awake);

  // Time, where the server's clock is simulated.
  panel.querySelectorAll('[data-advance]').forEach(button => {
    button.addEventListener('click', async () => {
      const buttons = [...panel.querySelectorAll('[data-advance]')];
      buttons.forEach(one => (one.disabled = true));
      try {
        await fetch(`/demo/advance/${button.dataset.advance}`, { method: 'POST' });
        window.rollcall('refresh');
        await refresh();
      } finally {
        buttons.forEach(one => (one.disabled = false));
        button.focus();
      }
    });
  });
})();
