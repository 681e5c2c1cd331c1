// API=https://… KEY=wt_… node watch-deposits.mjs
import { readFile, rename, writeFile } from 'node:fs/promises';

const { API = 'http://127.0.0.1:5080', KEY } = process.env;
let after = await readFile('position.txt', 'utf8').catch(() => '0:0');
for (; ; await new Promise(done => setTimeout(done, 1000))) {
  const silence = new AbortController();
  let patience = setTimeout(() => silence.abort(), 45_000);
  try {
    const answer = await fetch(`${API}/api/v1/events?after=${after}`, { headers: { authorization: `Bearer ${KEY}` }, signal: silence.signal });
    if (!answer.ok) throw new Error(await answer.text());
    let text = '';
    for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
      patience.refresh();
      const events = (text += part).split('\n\n');
      text = events.pop();
      for (const event of events) {
        const { id, data } = Object.fromEntries(event.split('\n').map(line => line.split(/: (.*)/s)));
        if (data) console.log(data); // Your work, before the position is kept: whatever breaks now is told again.
        if (id) {
          await writeFile('position.new', after = id); // A file that is written halfway is no position.
          await rename('position.new', 'position.txt');
        }
      }
    }
  } catch (failure) { console.error(`${failure.message}; goes on after ${after}`); } finally { clearTimeout(patience); }
}
