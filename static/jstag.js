// Lytics' jstag calls on top of the tag, so that a site can move over: docs/moving.md
(() => {
  'use strict';

  const jstag = (window.jstag = window.jstag || {});
  const rollcall = (window.rollcall =
    window.rollcall || function () { (window.rollcall.q = window.rollcall.q || []).push(arguments); });

  const listeners = [];
  let entity;

  const guard = work => (...given) => {
    try {
      return work(...given);
    } catch (error) {
      console.warn('rollcall jstag:', error);
    }
  };

  // What is given in any order, told apart by type.
  const sorted = given => ({
    payload: given.find(one => Object(one) === one && typeof one !== 'function') || {},
    stream: given.find(one => typeof one === 'string'),
    isMock: given.includes(true),
    done: given.find(one => typeof one === 'function') || (() => {}),
  });

  const sender = send => guard((...given) => {
    const { payload, stream, isMock, done } = sorted(given);
    if (!isMock) send(payload, stream);
    setTimeout(guard(() => done()));
  });

  const identify = ({ _e, user_id: userId, ...traits }) =>
    userId ? window.rollcall('identify', String(userId), traits) : window.rollcall('identify', traits);

  const page = ({ _e, name, ...properties }) => window.rollcall('page', name, properties);

  // Lytics reads what happened from _e; fields without it tell who somebody is.
  const send = (payload, stream) => {
    const { _e: event, ...properties } = payload;
    if (event === 'pv') page(payload);
    else if (event) window.rollcall('track', String(event), { ...(stream && { stream }), ...properties });
    else identify(payload);
  };

  const segments = () => (window.rollcall.audiences || []).slice();

  const made = () => {
    const data = { user: { segments: segments(), known: !!window.rollcall.known } };
    const getAt = path => String(path).split('.').reduce((found, name) => (found == null ? found : found[name]), data);
    return { data, getAt };
  };

  const hears = (pattern, topic) =>
    pattern === topic || (pattern.endsWith('*') && topic.startsWith(pattern.slice(0, -1)));

  const tell = ({ topic: pattern, listener }) => {
    if (hears(pattern, 'entity.loaded')) guard(listener)('entity.loaded', entity);
  };

  // Whoever listens after the entity has been loaded is told of it, too.
  const on = guard((topic, listener) => {
    const subscription = { topic: String(topic), listener };
    listeners.push(subscription);
    const off = () => listeners.splice(0, listeners.length, ...listeners.filter(one => one !== subscription));
    if (entity) setTimeout(() => listeners.includes(subscription) && tell(subscription));
    return off;
  });

  const once = guard((topic, listener) => {
    const off = on(topic, (...told) => {
      off();
      listener(...told);
    });
    return off;
  });

  const loaded = () => {
    entity = made();
    listeners.slice().forEach(tell);
  };

  const methods = {
    send: sender(send),
    identify: sender(identify),
    pageView: sender(page),
    on,
    once,
    getEntity: () => entity,
    entityReady: guard(done => {
      once('entity.loaded', (topic, found) => done(found));
    }),
    getSegments: guard(done => {
      if (done) methods.entityReady(() => done(segments()));
      return entity || segments()[0] ? segments() : ['all'];
    }),
    loadEntity: guard(done => {
      window.rollcall('refresh');
      if (done) methods.entityReady(done);
    }),
    call: guard((name, ...given) => {
      if (!methods[name]) return console.warn('rollcall jstag: there is no', name);
      return methods[name](...given);
    }),
    init: config => Object.assign(jstag, { config: { ...jstag.config, ...config } }),
  };
  Object.assign(jstag, methods, { isLoaded: true });

  rollcall('on', 'ready', loaded);
  rollcall('on', 'change', loaded);
})();
