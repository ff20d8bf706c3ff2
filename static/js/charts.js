// Drawings: equity line and profit bars (uPlot). Values arrive as text and are turned into pixels only, never added up.
(function () {
  "use strict";
  const drawn = new Map();
  const LONGEST = 1e7; // what is longer does not fit beside the drawing
  const SHORTEST_S = 3600; // a line of a minute is drawn as what it is: the end of an hour

  function colour(name) {
    const probe = document.createElement("i");
    probe.className = "probe";
    probe.style.color = "var(" + name + ")";
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  function days(zone) {
    const day = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short" });
    const hour = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
    return function (u, splits, axis, space, step) {
      return splits.map(function (s) {
        const time = new Date(s * 1000), clock = hour.format(time);
        return step >= 86400 || clock === "00:00" ? day.format(time) : clock;
      });
    };
  }

  function axes(places, zone) {
    const ink = colour("--muted"), line = { stroke: colour("--line"), width: 1 }, font = "12px Inter, system-ui, sans-serif";
    const usual = new Intl.NumberFormat("en-US", { maximumFractionDigits: places, minimumFractionDigits: 0 });
    const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 2 });
    return [
      { stroke: ink, font: font, grid: { show: false }, ticks: { show: false }, space: 64, size: 32, values: days(zone) },
      { stroke: ink, font: font, grid: line, ticks: { show: false }, size: 64, side: 1, values: function (u, all) { return all.map(function (v) { return (Math.abs(v) < LONGEST ? usual : short).format(v).replace("-", "\u2212"); }); } },
    ];
  }

  function cursor(box, entry) {
    const label = box.parentElement.querySelector(".at") || box.parentElement.insertBefore(document.createElement("p"), box);
    label.className = "at small muted";
    return function (u) {
      const i = u.cursor.idx;
      const shown = i === null || i === undefined ? entry.texts.length - 1 : i;
      label.textContent = entry.texts[shown] || "";
    };
  }

  function zone() { return document.body.dataset.zone || "UTC"; }

  function zoned(zone) {
    return function (ts) { return window.uPlot.tzDate(new Date(ts * 1000), zone); };
  }

  const kinds = {
    equity: function (box, answer) {
      const points = answer.points;
      const xs = points.map(function (p) { return Date.parse(p.t) / 1000; }), ys = points.map(function (p) { return Number(p.equity); });
      const accent = colour("--accent");
      const options = {
        series: [{}, { stroke: accent, width: 2, fill: colour("--accent-soft"), points: { show: points.length < 2, size: 7 } }],
        scales: { x: { range: function (u, low, high) { return high - low < SHORTEST_S ? [high - SHORTEST_S, high] : [low, high]; } }, y: { range: function (u, low, high) { const pad = Math.max((high - low) * 0.12, Math.abs(high) * 0.0002, 0.01); return [low - pad, high + pad]; } } },
        axes: axes(2, zone()),
      };
      draw(box, options, [xs, ys], points.map(function (p) { return p.label; }));
    },
    bars: function (box, answer) {
      const points = answer.points;
      const xs = points.map(function (p) { return Date.parse(p.t) / 1000; });
      const up = points.map(function (p) { return Number(p.net) >= 0 ? Number(p.net) : null; }), down = points.map(function (p) { return Number(p.net) < 0 ? Number(p.net) : null; });
      const bars = window.uPlot.paths.bars({ size: [0.62, 40], radius: 0.12 });
      const options = {
        series: [{}, { fill: colour("--gain"), stroke: colour("--gain"), width: 0, paths: bars, points: { show: false } }, { fill: colour("--loss"), stroke: colour("--loss"), width: 0, paths: bars, points: { show: false } }],
        scales: { x: { range: function (u, low, high) { const half = xs.length > 1 ? (xs[xs.length - 1] - xs[0]) / (xs.length - 1) / 2 : 43200; return [low - half, high + half]; } }, y: { range: function (u, low, high) { const reach = Math.max(Math.abs(low || 0), Math.abs(high || 0), 0.01) * 1.15; return [low < 0 ? -reach : 0, high > 0 ? reach : 0]; } } },
        axes: axes(2, "UTC"), zone: "UTC",
      };
      draw(box, options, [xs, up, down], points.map(function (p) { return p.label; }));
    },
  };

  function draw(box, options, data, texts) {
    let entry = drawn.get(box);
    if (entry) {
      entry.texts = texts;
      entry.plot.setData(data);
      entry.told(entry.plot);
      return;
    }
    entry = { texts: texts };
    const told = entry.told = cursor(box, entry);
    box.replaceChildren();
    const plot = entry.plot = new window.uPlot(Object.assign({
      width: box.clientWidth, height: box.clientHeight, legend: { show: false }, padding: [8, 0, 0, 20],
      tzDate: zoned(options.zone || zone()),
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } }, hooks: { setCursor: [told] },
    }, options), data, box);
    told(plot);
    drawn.set(box, entry);
  }

  function nothing(box, words) {
    clear(box);
    const note = document.createElement("p");
    note.className = "nothing";
    note.textContent = words;
    box.replaceChildren(note);
  }

  function clear(box) {
    const old = drawn.get(box);
    if (old) { old.plot.destroy(); drawn.delete(box); }
    box.replaceChildren();
  }

  async function load(box) {
    let answer;
    try {
      const response = await fetch(box.dataset.src, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!response.ok) throw new Error(String(response.status));
      answer = await response.json();
    } catch (error) {
      if (!drawn.has(box)) nothing(box, "The chart's data could not be read; it is tried again with the next event.");
      return;
    }
    if (!answer.points.length) { nothing(box, "No data for this range."); return; }
    kinds[box.dataset.chart](box, answer);
    box.dataset.drawn = "yes";
  }

  function all() { for (const box of document.querySelectorAll("[data-chart]")) load(box); }

  document.addEventListener("redraw", all);
  document.addEventListener("theme", function () {
    for (const box of [...drawn.keys()]) clear(box);
    all();
  });
  const watch = new ResizeObserver(function (entries) {
    for (const entry of entries) {
      const found = drawn.get(entry.target);
      if (found) found.plot.setSize({ width: entry.target.clientWidth, height: entry.target.clientHeight });
    }
  });
  const watched = new WeakSet();
  // Drawings also come with a swap, and go with one.
  function meet() {
    for (const box of [...drawn.keys()]) if (!box.isConnected) clear(box);
    for (const box of document.querySelectorAll("[data-chart]")) if (!watched.has(box)) { watched.add(box); watch.observe(box); load(box); }
  }
  document.addEventListener("htmx:afterSettle", meet);
  meet();
})();
