// A line over time as it is: never smoothed, broken where nothing is known, dashed where it is not final.
import { html, useEffect, useRef } from './html.js';

let loading;
const library = () => loading ??= new Promise((resolve, reject) => {
  const style = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '/web/vendor/uplot.css' });
  const script = Object.assign(document.createElement('script'), { src: '/web/vendor/uplot.js', onload: () => resolve(window.uPlot), onerror: reject });
  document.head.append(style, script);
}).catch(() => {
  // The next chart asks again; this one's figures are told in words all the same.
  loading = undefined;
});

/**
 * `points`: [{ at: seconds, value: Number or null, provisional }]; null breaks the line. `say(value)` words a value, `text` tells the
 * whole to who cannot see it. The one place where a value is a Number: it becomes a place on the screen, and is never told.
 */
export function Chart({ points, say, text, height = 240 }) {
  const box = useRef(null);
  useEffect(() => {
    let chart;
    let gone = false;
    let watch;
    library().then(uPlot => {
      if (gone || !box.current || !uPlot) return;
      const style = getComputedStyle(document.documentElement);
      const of = name => style.getPropertyValue(name).trim();
      const finals = points.map(point => point.provisional ? null : point.value);
      // From the last final point on, so that the dashed part joins the line.
      const lastFinal = finals.findLastIndex(each => each !== null);
      const open = points.map((point, i) => point.provisional || i === lastFinal && points[i + 1]?.provisional ? point.value : null);
      chart = new uPlot({
        width: box.current.clientWidth, height,
        cursor: { points: { size: 7 } },
        legend: { show: false },
        scales: { x: { time: true } },
        axes: [
          { stroke: of('--muted'), grid: { stroke: of('--line'), width: 1 }, ticks: { show: false } },
          { stroke: of('--muted'), grid: { stroke: of('--line'), width: 1 }, ticks: { show: false }, size: 64, values: (_, values) => values.map(say) },
        ],
        series: [
          {},
          { stroke: of('--accent'), width: 2, fill: of('--accent-faint'), spanGaps: false, points: { show: points.length < 3 } },
          { stroke: of('--accent'), width: 2, dash: [5, 5], spanGaps: false, points: { show: points.length < 3 } },
        ],
      }, [points.map(point => point.at), finals, open], box.current);
      watch = new ResizeObserver(() => chart.setSize({ width: box.current.clientWidth, height }));
      watch.observe(box.current);
    });
    return () => {
      gone = true;
      watch?.disconnect();
      chart?.destroy();
    };
  }, [points, say]);
  return html`<div class="chart" ref=${box} role="img" aria-label=${text} style=${{ minHeight: `${height}px` }}></div>`;
}
