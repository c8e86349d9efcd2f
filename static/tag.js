// Tells the collector what a visitor does, and the page which audiences the visitor is in: docs/tag.md
(() => {
  'use strict';

  const script = document.currentScript;
  const stub = window.rollcall || {};
  if (!script || stub.authorization) return;

  const settings = script.dataset;
  const origin = settings.endpoint || new URL(script.src || location).origin;
  const collector = origin.replace(/\/$/, '') + (settings.path || '/v1') + '/';
  const consentNeeded = settings.consent === 'required' || !!navigator.globalPrivacyControl;

  let view; // the page that was counted last
  let awake, held, informed, announced, wanted, away, timer, frame, busy, stream;
  let referrer = document.referrer;
  let failures = 0;
  let asked = 0;
  let believed = 0; // newest request whose answer counted
  let engaged = 0;
  let depth = 0;
  let since = Date.now();
  const mine = {}; // events of this page that are not acknowledged: name → what settles its promise
  const flying = {};
  const copies = new Map();

  const complain = (...what) => console.warn('rollcall:', ...what);
  const guard = work => (...given) => {
    try {
      return work(...given);
    } catch (error) {
      complain(error);
    }
  };
  const listen = (target, types, work) =>
    types.split(' ').forEach(type => target.addEventListener(type, guard(work), { capture: true, passive: true }));
  const all = selector => [...document.querySelectorAll(selector)];
  const words = (text = '') => text.split(/\s+/).filter(Boolean);

  // Where storage is blocked or full, and before there is consent: memory.
  const memory = {};
  let storage;
  try {
    storage = localStorage;
  } catch {}
  const shared = storage;
  storage = storage || {};

  const recall = name => memory[name] || storage['rollcall.' + name];
  const remember = (name, value) => {
    const key = 'rollcall.' + name;
    delete memory[name];
    try {
      if (!value) delete storage[key];
      else if (storage[key] !== value) storage[key] = value;
    } catch {
      delete storage[key];
      memory[name] = value;
    }
  };

  const consented = () => (recall('consent') || (consentNeeded ? 'denied' : 'granted')) === 'granted';

  // One tab at a time, where tabs share what they keep and the browser can tell.
  const alone = (name, work, options = {}) =>
    shared && navigator.locks ? navigator.locks.request('rollcall.' + name, options, work) : work();

  const random = length => {
    const bytes = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(length)));
    return btoa(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  };

  const load = (name, work) => import(collector + name + '.js').then(work).catch(complain);

  const visitorSecret = () => {
    if (!/^[\w-]{43}$/.test(recall('secret'))) remember('secret', random(32));
    return recall('secret');
  };

  const address = () => (settings.hash === 'on' ? location.href : location.href.split('#')[0]);
  const pageNow = () => {
    const { pathname: path, search } = location;
    return { url: address(), path, title: document.title, referrer, search };
  };

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

  // Gives a promise: true when the collector has it on disk, false when it is kept for later, or not taken at all.
  const record = (type, fields, { token, page = pageNow(), topics } = {}) =>
    new Promise(kept => {
      const campaign = {};
      for (const [name, value] of new URLSearchParams(page.search)) {
        if (name.startsWith('utm_')) campaign[name.slice(4).replace('campaign', 'name')] = value;
      }
      const { language: locale, webdriver } = navigator;
      const viewport = { width: innerWidth, height: innerHeight };
      const context = { page, campaign, locale, viewport, topics, automated: webdriver || undefined };
      const room = { left: 2000 };
      const event = plain(() => ({ type, messageId: random(16), timestamp: new Date(), ...fields, context }), room);
      const text = JSON.stringify([event, consented() ? visitorSecret() : 0, token]);
      if (room.left < 0 || text.length > 32000 || queue().length > 500) {
        complain('no room', event);
        return kept(false);
      }
      const name = 'event.' + (Date.now() * 1000 + asked++) + random(3);
      memory[name] = text;
      mine[name] = kept;
      keep();
      if (!awake || !consented()) kept(false);
      emit('event', event);
      wake();
    }).catch(complain);

  const queue = () => {
    const keys = Object.keys(storage).concat(Object.keys(memory).map(name => 'rollcall.' + name));
    const names = keys.filter(key => key.startsWith('rollcall.event.')).map(key => key.slice(9));
    return names.filter(name => !flying[name]).sort();
  };

  // Before a page is seen, or consented to, what it records stays in memory.
  const keep = () => {
    if (awake && consented()) Object.keys(memory).forEach(name => remember(name, memory[name]));
  };

  const forget = (name, kept) => {
    remember(name);
    if (mine[name]) mine[name](kept);
    delete mine[name];
  };

  const wake = () => {
    timer = timer || setTimeout(guard(() => {
      timer = 0;
      notice();
      deliver();
    }));
  };

  // Of one visitor and within the 64 KB that may outlive a page.
  const take = mineOnly => {
    const batch = [];
    let room = 20000;
    for (const name of queue()) {
      if (mineOnly && !mine[name]) continue;
      const text = recall(name);
      const read = guard(() => {
        const [event, secret, token] = JSON.parse(text);
        return event.type && { name, event, secret: secret || visitorSecret(), token };
      });
      const item = read();
      if (!item) {
        forget(name);
        continue;
      }
      room -= text.length;
      if (batch[0] && (room < 0 || item.secret !== batch[0].secret || item.token !== batch[0].token)) break;
      batch.push(item);
    }
    return batch;
  };

  const deliver = () => {
    keep();
    if (!awake || busy || !consented() || !queue()[0]) return;
    const settle = () => {
      busy = false;
      Object.keys(mine).forEach(name => (recall(name) ? mine[name](false) : forget(name, true)));
      announce();
    };
    const wait = () => Math.min(recall('until') - Date.now(), 864e5);
    if (wait() > 0) {
      setTimeout(wake, wait());
      return settle();
    }
    busy = true;
    alone('send', async () => {
      for (let batch; !(wait() > 0) && (batch = take())[0]; ) await post(batch);
    }).catch(complain).then(() => {
      settle();
      wake();
    });
  };

  const post = async (batch, leaving) => {
    const request = ++asked;
    const [{ secret, token }] = batch;
    batch.forEach(({ name }) => (flying[name] = 1));
    try {
      const body = JSON.stringify({
        writeKey: settings.writeKey,
        sentAt: new Date(),
        visitorSecret: secret,
        identityToken: token || undefined,
        batch: batch.map(({ event }) => event),
      });
      if (leaving && !('keepalive' in Request.prototype)) return navigator.sendBeacon(collector + 'batch', body);
      const patience = new AbortController();
      setTimeout(() => patience.abort(), 30000);
      const response = await fetch(collector + 'batch', {
        method: 'POST',
        body,
        keepalive: body.length < 21000,
        signal: patience.signal,
      });
      const { status, ok } = response;
      if (/408|425|429|5../.test(status)) return retry(response.headers.get('Retry-After'));
      if (!ok) complain(await response.text());
      // A token may have ended while its event waited: without it, the event is a claim.
      const claim = ({ name, event }) => remember(name, JSON.stringify([event, secret]));
      if (status === 401 && token) return batch.forEach(claim);
      if (ok) {
        failures = 0;
        const answer = (await response.json().catch(complain)) || {};
        [].concat(answer.rejected || [], answer.warnings || []).forEach(complain);
        learn(answer.visitor, request);
      }
      batch.forEach(({ name }) => forget(name, ok));
    } catch {
      retry();
    } finally {
      batch.forEach(({ name }) => delete flying[name]);
    }
  };

  const retry = seconds => {
    const delay = seconds > 0 ? seconds : 2 ** Math.min(failures++, 6);
    remember('until', Date.now() + delay * (1000 + Math.random() * 250));
    wake();
  };

  const leave = () => {
    start();
    notice();
    finish();
    if (consented() && awake) for (let batch; (batch = take(true))[0]; ) post(batch, true);
  };

  // Time counts while something moves at least every 30 seconds.
  const engage = () => {
    const now = Date.now();
    if (!away) engaged += Math.min(now - since, 30000);
    since = now;
    depth = Math.max(depth, (scrollY + innerHeight) / document.documentElement.scrollHeight);
  };

  const finish = () => {
    if (!view) return;
    engage();
    if (engaged < 1000 || settings.engagement === 'off') return;
    const properties = { seconds: Math.round(engaged / 1000), scroll: Math.round(Math.min(depth, 1) * 100) };
    record('track', { event: 'Page Left', properties }, { page: view });
    engaged = 0;
  };

  const clicked = ({ target, button }) => {
    const link = target.closest && target.closest('a[href]');
    if (!link || button > 1 || settings.links === 'off' || !/^http/.test(link.protocol)) return;
    const { href: url, host, pathname } = link;
    const file = /\.(pdf|zip|gz|dmg|exe|csv|docx?|xlsx?|pptx?|mp[34])$/i;
    if (link.hasAttribute('download') || file.test(pathname)) commands.track('File Downloaded', { url });
    else if (host !== location.host) commands.track('Link Clicked', { url });
  };

  const submitted = ({ target: form }) => {
    if (settings.forms === 'off') return;
    const said = { form: form.id || form.name };
    [...form.elements].forEach(({ dataset, name, type, checked, value }) => {
      if (dataset.rollcall === undefined || type === 'password') return;
      if (checked || !/^(radio|checkbox)$/.test(type)) said[dataset.rollcall || name] = value;
    });
    commands.track('Form Submitted', said);
  };

  const want = () => {
    wanted = true;
    follow();
  };
  const isIn = slug => {
    want();
    return rollcall.audiences.includes(slug);
  };
  const standing = () => ({ known: rollcall.known, audiences: rollcall.audiences });
  const emit = (name, detail) => document.dispatchEvent(new CustomEvent('rollcall:' + name, { detail }));

  const fill = (template, fits) => {
    const shown = copies.get(template) || [];
    if (fits === !!shown[0]) return;
    shown.forEach(node => node.remove());
    copies.set(template, fits && [...template.content.cloneNode(true).childNodes]);
    if (fits) template.after(...copies.get(template));
  };

  const toggle = () => {
    const blocks = all('[data-audience],[data-audience-all],[data-audience-not]');
    if (blocks[0]) want();
    if (!informed) return;
    blocks.forEach(block => {
      const { audience, audienceAll, audienceNot } = block.dataset;
      const some = audience === undefined || words(audience).some(isIn);
      const fits = some && words(audienceAll).every(isIn) && !words(audienceNot).some(isIn);
      if (block.content) fill(block, fits);
      else block.toggleAttribute('hidden', !fits);
    });
    if (stub.show) stub.show();
  };

  const show = ({ known, audiences }) => {
    Object.assign(rollcall, { known: !!known, audiences: [].concat(audiences || []) });
    informed = true;
    toggle();
  };

  const announce = () => {
    if (!announced) emit('ready', standing());
    announced = true;
    if (stub.show) stub.show();
    follow();
  };

  const learn = guard((news, request) => {
    if (!news || request < believed) return;
    believed = request;
    const { known, audiences } = rollcall;
    show(news);
    const worth = consented() && (rollcall.known || rollcall.audiences[0]);
    remember('audiences', worth && JSON.stringify(standing()));
    announce();
    const entered = rollcall.audiences.filter(slug => !audiences.includes(slug));
    const left = audiences.filter(slug => !rollcall.audiences.includes(slug));
    if (entered[0] || left[0] || known !== rollcall.known) emit('change', { entered, left, ...standing() });
  });

  // What time changes comes by one stream for all tabs; the others learn by storage.
  const follow = () => {
    if (stream || !wanted || !announced || !awake || away || !consented() || settings.live === 'off') return;
    const { signal } = (stream = new AbortController());
    const body = () => JSON.stringify({ writeKey: settings.writeKey, visitorSecret: visitorSecret() });
    const ask = () => fetch(collector + 'live', { method: 'POST', body: body(), signal });
    const hear = news => learn(news, ++asked);
    load('live', live => alone('live', () => live.listen(signal, ask, hear), { signal }).catch(() => {}));
  };

  const unfollow = () => {
    if (stream) stream.abort();
    stream = 0;
  };

  const authorization = guard(() => (consented() ? 'Visitor ' + visitorSecret() : null));

  const notice = () => {
    if (!awake || (view && address() === view.url)) return;
    finish();
    referrer = view ? view.url : document.referrer;
    view = pageNow();
    engaged = depth = 0;
    toggle();
    if (settings.pageViews !== 'manual') commands.page();
  };

  // Without consent nothing is kept, and nothing remains.
  const obey = () => {
    if (consented()) wake();
    else commands.reset();
  };

  const commands = {
    page: (name, properties) => {
      if (Object(name) === name) return commands.page(undefined, name);
      return record('page', { name, properties: properties || {} }, { topics: topics() });
    },
    track: (event, properties) => record('track', { event, properties: properties || {} }),
    identify: (userId, traits, options) => {
      if (Object(userId) === userId) return commands.identify(undefined, userId, traits);
      return record('identify', { userId: userId && String(userId), traits: traits || {} }, options);
    },
    group: (groupId, traits) => record('group', { groupId: String(groupId), traits: traits || {} }),
    reset: () => {
      unfollow();
      if (!consented()) queue().forEach(name => forget(name, false));
      remember('secret', consented() && random(32));
      learn({}, ++asked);
    },
    consent: given => {
      remember('consent', given === consentNeeded && (given ? 'granted' : 'denied'));
      obey();
    },
    refresh: () => {
      const request = ++asked;
      if (!awake || !consented()) return;
      return fetch(collector + 'me', { headers: { Authorization: authorization() } })
        .then(response => response.ok && response.json())
        .then(news => learn(news, request))
        .catch(complain);
    },
    on: (name, listener) => {
      want();
      if (name === 'ready' && announced) setTimeout(() => listener(standing()));
      else document.addEventListener('rollcall:' + name, event => listener(event.detail));
    },
    ready: listener => new Promise(done => commands.on('ready', done)).then(listener),
  };

  const call = guard((command, ...given) => {
    notice();
    return commands[command] ? commands[command](...given) : complain('no such command', command);
  });
  const rollcall = (...given) => Promise.resolve(call(...given));

  const start = () => {
    if (awake || held || document.prerendering) return;
    awake = true;
    since = Date.now();
    toggle();
    if (!consented()) announce();
    wake();
  };

  guard(() => {
    const q = { push: call => (call[0].call ? call[0](rollcall(...call[1])) : rollcall(...call)) };
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
    listen(window, 'pageshow', ({ persisted }) => {
      if (persisted) view = away = 0;
      wake();
    });
    listen(window, 'pagehide', () => {
      leave();
      unfollow();
    });
    listen(window, 'online', () => {
      remember('until');
      wake();
    });
    listen(window, 'storage', ({ key, newValue }) => {
      if (key === 'rollcall.audiences') learn(JSON.parse(newValue) || {}, ++asked);
      if (key === 'rollcall.consent') obey();
      if (key === 'rollcall.secret') {
        unfollow();
        follow();
      }
    });
    listen(document, 'prerenderingchange', start);
    listen(document, 'visibilitychange', () => {
      if (document.hidden) {
        leave();
        away = Date.now();
        unfollow();
      } else {
        if (Date.now() - away > 30000) commands.refresh();
        since = Date.now();
        away = 0;
        follow();
      }
    });
    listen(document, 'scroll keydown pointerdown', engage);
    listen(document, 'click auxclick', clicked);
    listen(document, 'submit', submitted);
    const paint = guard(() => {
      frame = 0;
      toggle();
    });
    const watch = () => (frame = frame || requestAnimationFrame(paint));
    new MutationObserver(watch).observe(document, { childList: true, subtree: true });

    const begin = () => {
      held = false;
      if (document.readyState === 'loading') listen(document, 'DOMContentLoaded', start);
      else start();
    };
    held = settings.tools !== 'off' && /[?&]rollcall_(preview|debug)/.test(location.search);
    const open = tools => tools.open({ rollcall, settings, collector, show, announce });
    if (held) load('tools', open).then(holds => holds || begin());
    else begin();
    [].concat(stub.q || []).forEach(q.push);
  })();
})();
