// Looks at a page as members of some audiences see it (?rollcall_preview=slug,!slug), or at what the tag does
// (?rollcall_debug). The tag loads it only where the address asks for it. Manual: docs/tag.md

const STYLE = `
  :host { all: initial; position: fixed; inset: auto 12px 12px auto; z-index: 2147483647;
    max-width: min(26rem, calc(100vw - 24px)); }
  section { font: 13px/1.45 system-ui, sans-serif; color: #f4f4f2; background: #1d2326; border-radius: 8px;
    padding: 10px 14px; box-shadow: 0 4px 24px rgb(0 0 0 / 35%); max-height: 60vh; overflow: auto; margin-top: 8px; }
  h2 { font-size: 13px; margin: 0 0 4px; } p, ol { margin: 4px 0; } ol { padding-left: 1.6em; }
  code { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; } .off { text-decoration: line-through; }
  button { font: inherit; color: inherit; background: none; border: 1px solid; border-radius: 4px; float: right;
    cursor: pointer; }
`;
const MOST_SHOWN = 20;

/** Do what the address asks for; true where the page is a preview, so that the tag must send nothing. */
export const open = async tag => {
  const query = new URLSearchParams(location.search);
  const asked = query.get('rollcall_preview');
  const shown = asked === null ? null : await allowed(tag, asked, query.get('rollcall_seal'));
  if (shown) preview(tag, shown);
  if (query.has('rollcall_debug')) debug(tag, !!shown);
  return !!shown;
};

/** Give the slugs to show: as they stand on the developer's own machine, elsewhere those that the seal speaks of. */
const allowed = async ({ settings, collector }, asked, seal) => {
  if (settings.preview === 'open' || /^(localhost|.+\.localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname)) {
    return words(asked);
  }
  const body = JSON.stringify({ writeKey: settings.writeKey, seal: seal || '' });
  const response = await fetch(collector + 'preview', { method: 'POST', body });
  const answer = await response.json();
  if (response.ok) return answer.shown;
  console.warn('rollcall: no preview:', answer.error.message);
  return null;
};

const words = text => text.split(',').map(word => word.trim()).filter(Boolean);

const preview = ({ rollcall, show, announce }, shown) => {
  const without = new Set(shown.filter(word => word[0] === '!').map(word => word.slice(1)));
  const within = shown.filter(word => word[0] !== '!');
  const audiences = [...new Set([...rollcall.audiences, ...within])].filter(slug => !without.has(slug)).sort();
  const known = within.includes('known_users') || (rollcall.known && !without.has('known_users'));
  show({ known, audiences });
  announce();
  const panel = box('Preview: nothing is sent');
  panel.append(line('p', 'Shown as a member of ', within.join(', ') || 'no more than the visitor is'));
  if (without.size) panel.append(line('p', 'and not of ', [...without].join(', ')));
};

const debug = ({ rollcall, settings, collector }, isPreview) => {
  const panel = box('Rollcall');
  const state = document.createElement('div');
  const events = document.createElement('ol');
  panel.append(state, events);
  const describe = () => {
    const consent = rollcall.authorization() ? 'granted' : 'denied';
    state.replaceChildren(
      line('p', 'Visitor: ', rollcall.known ? 'known' : 'anonymous'),
      line('p', 'Audiences: ', rollcall.audiences.join(', ') || 'none'),
      line('p', 'Consent: ', consent),
      line('p', 'Collector: ', `${collector} ${settings.writeKey}${isPreview ? ' (nothing is sent)' : ''}`)
    );
  };
  const note = ({ detail: { type, event, properties, traits } }) => {
    events.prepend(line('li', `${event || type} `, JSON.stringify(properties || traits || {})));
    while (events.children.length > MOST_SHOWN) events.lastChild.remove();
    describe();
  };
  document.addEventListener('rollcall:event', note);
  ['ready', 'change'].forEach(name => document.addEventListener('rollcall:' + name, describe));
  describe();
};

/** Make a panel in a shadow of its own, styled without inline styles, and without markup from text. */
const box = title => {
  const panel = document.createElement('section');
  const close = line('button', 'Close');
  close.addEventListener('click', () => panel.remove());
  panel.append(close, line('h2', title));
  root().append(panel);
  return panel;
};

const root = () => {
  const host = document.querySelector('rollcall-tools') || document.createElement('rollcall-tools');
  if (host.shadowRoot) return host.shadowRoot;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  host.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet];
  document.documentElement.append(host);
  return host.shadowRoot;
};

const line = (name, text, value) => {
  const element = document.createElement(name);
  element.append(text);
  if (value === undefined) return element;
  const code = document.createElement('code');
  code.append(value);
  element.append(code);
  return element;
};
