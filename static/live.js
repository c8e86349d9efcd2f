// Follows the visitor's audiences while the page is seen; the tag loads it where a page asks about audiences.

const LONGEST = 64;

/** Ask for the stream, tell what it brings, and ask again when it ends, until the signal aborts. */
export const listen = async (signal, ask, tell) => {
  for (let pause = 1; !signal.aborted; pause = Math.min(pause * 2, LONGEST)) {
    let wait = pause;
    try {
      const response = await ask();
      if (response.status >= 400 && response.status < 500 && response.status !== 429) return;
      wait = response.headers.get('Retry-After') || pause;
      if (response.ok) await read(response.body.getReader(), news => {
        pause = wait = 1;
        tell(news);
      });
    } catch {
      // The network, or the signal.
    }
    await sleep(signal, wait * (1000 + Math.random() * 250));
  }
};

const read = async (reader, tell) => {
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
    rest = lines.pop();
    lines.filter(line => line.startsWith('data:')).forEach(line => tell(JSON.parse(line.slice(5))));
  }
};

const sleep = (signal, milliseconds) =>
  new Promise(done => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    });
  });
