// Candles with the strategy's lines and the marks of entries and exits (TradingView Lightweight Charts).
(function () {
  "use strict";
  const box = document.querySelector("[data-candles]");
  const legend = document.getElementById("legend");
  let chart = null, candles = null, lines = [], marks = null, told = [], shown = "";

  function colour(name) {
    const probe = document.createElement("i");
    probe.className = "probe";
    probe.style.color = "var(" + name + ")";
    document.body.append(probe);
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = getComputedStyle(probe).color;
    probe.remove();
    return canvas.fillStyle;
  }

  function dress() {
    const zone = document.body.dataset.zone || "UTC";
    const day = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short" });
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
    const full = new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "medium", timeStyle: "medium" });
    return {
      autoSize: true,
      layout: { background: { color: colour("--surface") }, textColor: colour("--muted"), fontFamily: "Inter, system-ui, sans-serif", fontSize: 12, attributionLogo: false },
      grid: { vertLines: { visible: false }, horzLines: { color: colour("--line") } },
      rightPriceScale: { borderColor: colour("--line") },
      timeScale: { borderColor: colour("--line"), timeVisible: true, secondsVisible: false, rightOffset: 4, minBarSpacing: 0.15, tickMarkFormatter: function (t, kind) { return kind < 3 ? day.format(t * 1000) : clock.format(t * 1000); } },
      localization: { timeFormatter: function (t) { return full.format(t * 1000) + " " + zone; } },
      crosshair: { mode: 0 },
    };
  }

  function build(places) {
    const lib = window.LightweightCharts;
    const room = document.createElement("div");
    room.className = "tv";
    box.replaceChildren(room);
    chart = lib.createChart(room, dress());
    candles = chart.addSeries(lib.CandlestickSeries, {});
    marks = lib.createSeriesMarkers(candles, []);
    chart.subscribeCrosshairMove(function (at) { tell(at.time); });
    lines = [];
    paint(places);
  }

  // What the marks are stands in the legend, where candles and lines do not run through the words: of one under the pointer its own.
  function tell(time) {
    const words = told.filter(function (m) { return m.t === time; }).map(function (m) { return (m.side === "BUY" ? "\u25b2 " : "\u25bc ") + m.text; });
    const place = legend.querySelector("[data-marks]") || document.createElement("span");
    place.dataset.marks = "";
    place.textContent = words.length ? words.join(", ") : told.length ? "\u25b2 buy, \u25bc sell" : "";
    return place;
  }

  function paint(places) {
    const up = colour("--gain"), down = colour("--loss");
    candles.applyOptions({ upColor: up, downColor: down, borderVisible: false, wickUpColor: up, wickDownColor: down, priceFormat: { type: "price", precision: places, minMove: Math.pow(10, -places) } });
  }

  function draw(answer) {
    const lib = window.LightweightCharts;
    if (!chart) build(answer.price_places);
    candles.setData(answer.candles.map(function (c) { return { time: c.t, open: Number(c.o), high: Number(c.h), low: Number(c.l), close: Number(c.c) }; }));
    const inks = [colour("--accent"), colour("--warn")];
    legend.replaceChildren();
    answer.series.forEach(function (s, i) {
      if (!lines[i]) lines[i] = chart.addSeries(lib.LineSeries, { lineWidth: 2, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false });
      lines[i].applyOptions({ color: inks[i % 2] });
      lines[i].setData(s.points.map(function (p) { return { time: p.t, value: Number(p.v) }; }));
      const key = document.createElement("span"), swatch = document.createElement("span");
      swatch.className = "key " + (i % 2 ? "line-b" : "line-a");
      key.append(swatch, s.name);
      legend.append(key);
    });
    told = answer.marks;
    legend.append(tell(null));
    marks.setMarkers(told.map(function (m) {
      const buy = m.side === "BUY";
      return { time: m.t, position: buy ? "belowBar" : "aboveBar", shape: buy ? "arrowUp" : "arrowDown", size: 1.5, color: buy ? colour("--accent") : colour(m.tone === "loss" ? "--loss" : m.tone === "gain" ? "--gain" : "--warn") };
    }));
    const span = String(answer.candles[0].t);
    if (span !== shown && !shown) chart.timeScale().setVisibleLogicalRange({ from: 0, to: answer.candles.length + Math.ceil(answer.candles.length / 60) });
    shown = span;
    box.dataset.drawn = "yes";
  }

  function nothing(words) {
    const note = document.createElement("p");
    note.className = "nothing";
    note.textContent = words;
    if (chart) { chart.remove(); chart = null; shown = ""; }
    box.replaceChildren(note);
  }

  async function load() {
    let answer;
    try {
      const response = await fetch(box.dataset.src, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!response.ok) throw new Error(String(response.status));
      answer = await response.json();
    } catch (error) {
      if (!chart) nothing("The candles could not be read; they are asked for again with the next event.");
      return;
    }
    if (answer.candles.length) draw(answer);
    else nothing("No data for this range.");
  }

  document.addEventListener("redraw", load);
  document.addEventListener("theme", function () { if (chart) { chart.applyOptions(dress()); load(); } });
  load();
})();
