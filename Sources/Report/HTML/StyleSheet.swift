/// The style sheet of reports: one column, for light and dark mode, phones and paper.
///
/// Data are drawn in the colours of Okabe and Ito, which colour-blind readers can distinguish.
enum StyleSheet {
  static let text: StaticString = """
    :root {
      color-scheme: light dark;
      --paper: #fdfdfc; --ink: #1d1f21; --quiet: #5c6166; --rule: #d8dadc; --panel: #f4f4f2;
      --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b0588f; --c4: #b07800; --c5: #3a93c9; --c6: #1d1f21;
      --on-heat: #ffffff;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #17191b; --ink: #e6e7e8; --quiet: #a3a9ae; --rule: #3a3e42; --panel: #202326;
        --c0: #56b4e9; --c1: #ee8b4a; --c2: #2cc29a; --c3: #dd9cc4; --c4: #e69f00; --c5: #f0e442; --c6: #e6e7e8;
        --on-heat: #10202b;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body {
      margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; background: var(--paper); color: var(--ink);
      font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
    }
    h1, h2, h3 { line-height: 1.25; font-weight: 600; overflow-wrap: anywhere; }
    h1 { font-size: 1.7rem; margin: 0 0 0.5rem; }
    h2 { font-size: 1.3rem; margin: 3rem 0 0.75rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
    h3 { font-size: 1.05rem; margin: 2rem 0 0.5rem; }
    p { margin: 0.5rem 0; max-width: 46rem; overflow-wrap: anywhere; }
    a { color: var(--c0); }
    .remark, figcaption small { color: var(--quiet); font-size: 0.9rem; }
    nav ol { margin: 0.75rem 0; padding-left: 1.4rem; }
    nav li { overflow-wrap: anywhere; }
    nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: 0.9rem; }
    .scroll { overflow-x: auto; margin: 0.75rem 0; }
    table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.25rem 0.9rem 0.25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
    th { font-weight: 600; }
    .facts th { color: var(--quiet); font-weight: 400; white-space: nowrap; }
    .facts td { overflow-wrap: anywhere; min-width: 9rem; }
    .facts th { padding-right: 1.2rem; }
    th.number, td.number { text-align: right; padding: 0.25rem 0 0.25rem 0.9rem; white-space: nowrap; }
    .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.25rem 2rem; }
    .pictures { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0.75rem 0; }
    figure { margin: 0.75rem 0; min-width: 0; }
    figcaption { margin: 0 0 0.35rem; font-size: 0.95rem; overflow-wrap: anywhere; }
    .pictures figure { margin: 0; max-width: 13rem; }
    .pictures figcaption { font-size: 0.85rem; line-height: 1.35; }
    img { max-width: min(45rem, 100%); height: auto; }
    svg { display: block; width: 100%; height: auto; color: var(--ink); }
    svg.chart { max-width: 36rem; }
    svg.key { display: inline-block; width: 2.25rem; height: 0.8rem; vertical-align: baseline; flex: none; }
    svg text { fill: currentColor; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
    svg text.number { font-variant-numeric: tabular-nums; }
    svg image { image-rendering: auto; }
    svg image.pixels { image-rendering: pixelated; }
    .legend { list-style: none; margin: 0.35rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; font-size: 0.85rem; }
    .legend li { display: flex; gap: 0.4rem; align-items: baseline; min-width: 0; overflow-wrap: anywhere; }
    .axis { stroke: var(--quiet); stroke-width: 1; fill: none; }
    .rule { stroke: var(--rule); stroke-width: 1; fill: none; }
    .quiet { fill: var(--quiet); }
    .s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); } .s3 { --c: var(--c3); }
    .s4 { --c: var(--c4); } .s5 { --c: var(--c5); } .s6 { --c: var(--c6); }
    .line { stroke: var(--c); stroke-width: 1.75; fill: none; stroke-linejoin: round; }
    .reference { stroke: var(--c); stroke-width: 1.25; fill: none; }
    .interval { stroke: var(--c); stroke-width: 1.25; fill: none; }
    .band { fill: var(--c); fill-opacity: 0.18; stroke: none; }
    .bar { fill: var(--c); fill-opacity: 0.4; stroke: none; }
    .point { fill: var(--paper); stroke: var(--c); stroke-width: 1.5; }
    .point.full { fill: var(--c); }
    .heat { fill: var(--c0); stroke: var(--rule); stroke-width: 0.5; }
    .on-heat { fill: var(--on-heat) !important; }
    footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--quiet); font-size: 0.9rem; }
    @media print {
      :root {
        --paper: #ffffff; --ink: #000000; --quiet: #444444; --rule: #bbbbbb;
        --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b0588f; --c4: #b07800; --c5: #3a93c9; --c6: #000000;
        --on-heat: #ffffff;
      }
      body { max-width: none; padding: 0; font-size: 10pt; }
      h2, h3 { break-after: avoid; }
      figure, tr { break-inside: avoid; }
      .scroll { overflow: visible; }
      .grid { grid-template-columns: 1fr 1fr; }
      * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
    }
    """
}
