// Tells the collector what a visitor does, and the page which audiences the visitor is in: docs/tag.md
(() => {
  'use strict';

  const script = document.currentScript;
  const stub = window.rollcall || {};
  if (!script || stub.authorization) return;

  const settings = script.dataset;
  const collector = (settings.endpoint || new URL(script.src || location).origin).replace(/\/$/, '') + '/v1/';
  const consentNeeded = settings.consent === 'required' || !!navigator.globalPrivacyControl;

  let address = '';
  let referrer = document.referrer;
  let waiting = []; // {event, length, secret}
  let awake, timer, pause, hiddenAt, informed, announced;
  let sending = 0;
  let failures = 0;
  let asked = 0;
  let believed = 0; // newest request whose answer counted

  const complain = (...what) => console.warn('rollcall:', ...what);
  const guard = work => (...given) => {
    try {
      return work(...given);
    } catch (error) {
      complain(error);
    }
  };
  const listen = (target, type, work) => target.addEventListener(type, guard(work));
  const all = selector => [...document.querySelectorAll(selector)];
  const words = (text = '') => text.split(/\s+/).filter(Boolean);

  // Where storage is blocked or full, memory.
  let storage;
  try {
    storage = localStorage;
  } catch {}
  storage = storage || {};

  const recall = key => storage['rollcall.' + key];
  const remember = (key, value) => {
    try {
      delete storage['rollcall.' + key];
      if (value) storage['rollcall.' + key] = value;
    } catch {
      storage = { ...storage, ['rollcall.' + key]: value };
    }
  };

  const consented = () => (recall('consent') || (consentNeeded ? 'denied' : 'granted')) === 'granted';

  const base64url = bytes => btoa(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  const random = length => base64url(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(length))));

  const visitorSecret = () => {
    if (!/^[\w-]{43}$/.test(recall('secret'))) remember('secret', random(32));
    return recall('secret');
  };

  // For 56 to 119 characters. Plain http lacks crypto.subtle, a page being left cannot await it.
  const sha256 = text => {
    const primes = [];
    for (let n = 2; n < 312; n++) if (primes.every(prime => n % prime)) primes.push(n);
    const roots = power => primes.map(prime => (prime ** power * 2 ** 32) | 0);
    const state = roots(1 / 2).slice(0, 8);
    const mix = (word, ...turns) => turns.reduce((sum, by) => sum ^ (word >>> by) ^ (word << -by), 0);

    const message = Array(31).fill(0).concat(text.length * 8);
    [...text, '\x80'].forEach((letter, i) => (message[i >> 2] |= letter.charCodeAt(0) << (24 - i * 8)));

    for (const w of [message.slice(0, 16), message.slice(16)]) {
      let now = state.slice();
      roots(1 / 3).forEach((root, i) => {
        const [a, b, c, d, e, f, g, h] = now;
        const first = h + mix(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + root + w[i];
        const second = mix(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
        now = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
        const early = mix(w[i + 1], 7, 18) ^ (w[i + 1] >>> 3);
        const late = mix(w[i + 14], 17, 19) ^ (w[i + 14] >>> 10);
        w[i + 16] = (w[i] + early + w[i + 9] + late) | 0;
      });
      now.forEach((word, i) => (state[i] = (state[i] + word) | 0));
    }
    return String.fromCharCode(...state.flatMap(word => [24, 16, 8, 0].map(by => (word >> by) & 255)));
  };

  const pageAddress = () => location.href.split('#')[0];

  const linkedKeywords = guard(block => {
    const data = JSON.parse(block.textContent);
    const things = [].concat(data, data['@graph'] || []);
    return things.map(thing => [].concat(thing.keywords).map(keyword => (keyword || '').name || keyword)).join();
  });

  // data-topics has the last word; a weight of 0 takes a topic away.
  const topics = guard(() => {
    const metas = all('meta[name="keywords" i],meta[property="article:tag"]').map(meta => meta.content);
    const blocks = all('script[type="application/ld+json"]').map(linkedKeywords);
    const weights = {};
    [...metas, ...blocks].join().split(',').forEach(topic => (weights[topic.trim()] = 1));
    all('[data-topics]').forEach(({ dataset: { topics } }) =>
      topics.split(topics.includes(',') ? ',' : /\s+/).forEach(declared => {
        const [topic, weight = 1] = declared.split(':');
        weights[topic.trim()] = Math.min(1, weight);
      })
    );
    const chosen = Object.entries(weights).filter(([topic, weight]) => topic && weight > 0);
    return Object.fromEntries(chosen.sort((one, other) => other[1] - one[1]).slice(0, 20));
  });

  // What JSON can carry: no cycles, no elements, nothing that throws.
  const plain = guard((read, room, parents = []) => {
    const value = read();
    if (Object(value) !== value) return /bigint|symbol/.test(typeof value) ? String(value) : value;
    if (typeof value.toJSON === 'function') return plain(() => value.toJSON(), room, parents);
    if (typeof value === 'function' || value instanceof Node || parents.includes(value)) return;
    const copy = Array.isArray(value) ? [] : Object.create(null);
    for (const key of Object.keys(value)) {
      if (room.left-- < 0) break;
      copy[key] = plain(() => value[key], room, [...parents, value]);
    }
    return copy;
  });

  const record = (type, fields, topics) => {
    const { pathname: path, search } = location;
    const page = { url: pageAddress(), path, title: document.title, referrer, search };
    const campaign = {};
    for (const [name, value] of new URLSearchParams(search)) {
      if (name.startsWith('utm_')) campaign[name.slice(4).replace('campaign', 'name')] = value;
    }
    const context = { page, campaign, locale: navigator.language, topics };
    const room = { left: 2000 };
    const event = plain(() => ({ type, messageId: random(16), timestamp: new Date(), ...fields, context }), room);
    const { length } = JSON.stringify(event);
    if (room.left < 0 || length > 32000 || waiting.length > 500) return complain('no room', event);
    waiting.push({ event, length });
    wake();
  };

  const wake = () => {
    timer = timer || setTimeout(guard(() => {
      timer = 0;
      notice();
      deliver();
    }));
  };

  const sign = () => waiting.forEach(item => (item.secret = item.secret || visitorSecret()));

  // Of one visitor and within the 64 KB that may outlive a page.
  const take = () => {
    sign();
    let room = 20000;
    const end = waiting.findIndex(({ secret, length }) => secret !== waiting[0].secret || (room -= length) < 0);
    return waiting.splice(0, end < 0 ? waiting.length : end || 1);
  };

  const deliver = leaving => {
    if (!awake || !waiting.length || !consented() || (!leaving && (sending || pause))) return;
    const batch = take();
    sending++;
    post(batch).then(() => {
      sending--;
      announce();
      wake();
    });
    if (leaving) deliver(true);
  };

  const post = async batch => {
    const request = ++asked;
    const { secret } = batch[0];
    try {
      const anonymousId = base64url(sha256('rollcall-visitor-1:' + secret)).slice(0, 22);
      const body = JSON.stringify({
        writeKey: settings.writeKey,
        sentAt: new Date(),
        visitorSecret: secret,
        batch: batch.map(({ event }) => ({ ...event, anonymousId })),
      });
      const response = await fetch(collector + 'batch', { method: 'POST', body, keepalive: body.length < 21000 });
      if (response.status === 429 || response.status > 499) return retry(batch, response.headers.get('Retry-After'));
      if (!response.ok) return complain(await response.text());
      failures = 0;
      const answer = (await response.json().catch(complain)) || {};
      [].concat(answer.rejected || [], answer.warnings || []).forEach(complain);
      learn(answer.visitor, request);
    } catch {
      retry(batch);
    }
  };

  const retry = (batch, seconds) => {
    if (consented()) waiting = batch.concat(waiting);
    const delay = seconds > 0 ? seconds : 2 ** Math.min(failures++, 6);
    clearTimeout(pause);
    pause = setTimeout(resume, Math.min(delay, 86400) * (1000 + Math.random() * 250));
  };

  const resume = () => {
    clearTimeout(pause);
    pause = 0;
    wake();
  };

  const leave = () => {
    start();
    notice();
    deliver(true);
  };

  const isIn = slug => rollcall.audiences.includes(slug);
  const standing = () => ({ known: rollcall.known, audiences: rollcall.audiences });
  const emit = (name, detail) => document.dispatchEvent(new CustomEvent('rollcall:' + name, { detail }));

  const toggle = () => {
    if (!informed) return;
    all('[data-audience],[data-audience-all],[data-audience-not]').forEach(block => {
      const { audience, audienceAll, audienceNot } = block.dataset;
      const fits = (audience === undefined || words(audience).some(isIn)) && words(audienceAll).every(isIn);
      block.toggleAttribute('hidden', !fits || words(audienceNot).some(isIn));
    });
  };

  const show = ({ known, audiences }) => {
    Object.assign(rollcall, { known: !!known, audiences: [].concat(audiences || []) });
    informed = true;
    toggle();
  };

  const announce = () => {
    if (!announced) emit('ready', standing());
    announced = true;
  };

  const learn = guard((news, request) => {
    if (!news || request < believed) return;
    believed = request;
    const { known, audiences } = rollcall;
    show(news);
    remember('audiences', consented() && JSON.stringify(standing()));
    announce();
    const entered = rollcall.audiences.filter(slug => !audiences.includes(slug));
    const left = audiences.filter(slug => !isIn(slug));
    if (entered[0] || left[0] || known !== rollcall.known) emit('change', { entered, left, ...standing() });
  });

  const authorization = guard(() => (consented() ? 'Visitor ' + visitorSecret() : null));

  const notice = () => {
    const here = pageAddress();
    if (!awake || here === address) return;
    referrer = address || document.referrer;
    address = here;
    toggle();
    if (settings.pageViews !== 'manual') commands.page();
  };

  const commands = {
    page: (name, properties) => {
      if (Object(name) === name) return commands.page(undefined, name);
      record('page', { name, properties: properties || {} }, topics());
    },
    track: (event, properties) => record('track', { event, properties: properties || {} }),
    identify: (userId, traits) => {
      if (Object(userId) === userId) return commands.identify(undefined, userId);
      record('identify', { userId: userId && String(userId), traits: traits || {} });
    },
    reset: () => {
      if (consented()) sign();
      else waiting = [];
      remember('secret');
      learn({}, ++asked);
    },
    consent: given => {
      remember('consent', given === consentNeeded && (given ? 'granted' : 'denied'));
      if (consented()) wake();
      else commands.reset();
    },
    refresh: () => {
      const request = ++asked;
      if (!consented()) return;
      return fetch(collector + 'me', { headers: { Authorization: authorization() } })
        .then(response => response.ok && response.json())
        .then(news => learn(news, request))
        .catch(complain);
    },
    on: (name, listener) => {
      if (name === 'ready' && announced) setTimeout(() => listener(standing()));
      else document.addEventListener('rollcall:' + name, event => listener(event.detail));
    },
    ready: listener => commands.on('ready', listener),
  };

  const rollcall = guard((command, ...given) => {
    notice();
    return commands[command] ? commands[command](...given) : complain('no such command', command);
  });

  const start = () => {
    if (awake || document.prerendering) return;
    awake = true;
    toggle();
    if (!consented()) announce();
    wake();
  };

  guard(() => {
    const q = { push: given => rollcall(...given) };
    window.rollcall = Object.assign(rollcall, { known: false, audiences: [], in: isIn, authorization, q });
    if (consented() && recall('audiences')) guard(() => show(JSON.parse(recall('audiences'))))();

    ['pushState', 'replaceState'].forEach(guard(name => {
      const original = history[name];
      history[name] = function () {
        const result = original.apply(this, arguments);
        wake();
        return result;
      };
    }));
    listen(window, 'popstate', wake);
    listen(window, 'pageshow', event => {
      if (event.persisted) address = '';
      wake();
    });
    listen(window, 'pagehide', leave);
    listen(window, 'online', resume);
    listen(document, 'prerenderingchange', start);
    listen(document, 'visibilitychange', () => {
      if (document.hidden) {
        hiddenAt = Date.now();
        leave();
      } else if (Date.now() - hiddenAt > 30000) commands.refresh();
    });

    if (document.readyState === 'loading') listen(document, 'DOMContentLoaded', start);
    else start();
    (stub.q || []).forEach(given => rollcall(...given));
  })();
})();
