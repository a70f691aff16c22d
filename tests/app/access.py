"""What a reader who cannot see or point needs: names, headings in order, contrast, a tab order that arrives."""

from typing import Any, Final

NAMES: Final = """() => {
  const text = (e) => (e.innerText || e.textContent || '').trim();
  const byId = (ids) => ids.split(/\\s+/).map((id) => text(document.getElementById(id) || {})).join(' ').trim();
  const named = (e) => {
    const ids = e.getAttribute('aria-labelledby');
    const label = e.labels && [...e.labels].map(text).join(' ').trim();
    const own = ['INPUT', 'TEXTAREA', 'SELECT'].includes(e.tagName) ? '' : text(e);
    return (ids && byId(ids)) || (e.getAttribute('aria-label') || '').trim() || label || own
      || (e.getAttribute('title') || '').trim();
  };
  const asked = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"], [role=button], '
    + '[role=slider], [role=checkbox], [role=tab], [role=img]';
  return [...document.querySelectorAll(asked)]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest('[aria-hidden=true]'))
    .filter((e) => !named(e)).map((e) => e.outerHTML.slice(0, 160));
}"""
"""Interactive elements and pictures that have no accessible name."""

HEADINGS: Final = """() => {
  const found = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter((e) => e.checkVisibility());
  const levels = found.map((e) => Number(e.tagName[1]));
  const wrong = found.filter((e, i) => levels[i] > (i ? levels[i - 1] : 0) + 1 || !e.innerText.trim());
  return levels.filter((one) => one === 1).length === 1 ? wrong.map((e) => e.outerHTML.slice(0, 120)) : levels;
}"""
"""Headings that skip a level or say nothing; every level where there is not exactly one of the first."""

CONTRAST: Final = """() => {
  const parsed = (text) => {
    const n = (text.match(/[\\d.]+/g) || []).map(Number);
    return text.startsWith('rgb') ? [n[0], n[1], n[2], n.length > 3 ? n[3] : 1] : [0, 0, 0, 1];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const behind = (e) => {
    const layers = [];
    for (let one = e; one; one = one.parentElement) {
      const colour = parsed(getComputedStyle(one).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const faded = (e) => {
    let share = 1;
    for (let one = e; one; one = one.parentElement) share *= Number(getComputedStyle(one).opacity);
    return share;
  };
  const light = (c) => {
    const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = c.slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const LABELS = '.xtick, .ytick, .xtitle, .ytitle, .legendtext, .annotation-text, .g-xtitle, .g-ytitle';
  const poor = new Map();
  const look = (e, colour, words) => {
    const ground = behind(e);
    const ink = parsed(colour);
    ink[3] *= faded(e);
    if (ink[3] === 0) return;
    const [a, b] = [light(over(ink, ground)), light(ground)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const kind = `${e.tagName}.${e.getAttribute('class') || ''}`;
    if (ratio < 4.5) poor.set(kind, `${words.slice(0, 40)}: ${ratio.toFixed(2)}`);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const words = walk.currentNode.textContent.trim(), e = walk.currentNode.parentElement;
    if (!words || !e || ['SCRIPT', 'STYLE', 'TEXTAREA', 'NOSCRIPT'].includes(e.tagName)) continue;
    if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (e.closest('[disabled], [aria-disabled=true], .q-icon, .sw-loading')) continue;
    const drawn = e.closest('svg');
    if (drawn && !e.closest(LABELS)) continue;
    look(e, drawn ? getComputedStyle(e).fill : getComputedStyle(e).color, words);
  }
  for (const e of document.querySelectorAll('input:not([type=range]), textarea'))
    if (e.checkVisibility() && !e.disabled) look(e, getComputedStyle(e).color, `field ${e.value}`);
  return [...poor].map((pair) => pair.join(' '));
}"""
"""Text below 4.5 to 1 (WCAG 2.2, 1.4.3 AA) as it is drawn; relative luminance as WCAG defines it."""

TAB_STOPS: Final = """() => {
  const e = document.activeElement;
  const at = e.getBoundingClientRect();
  return {
    main: !!e.closest('#sw-main'), tag: e.tagName, kind: e.getAttribute('type') || e.getAttribute('role') || '',
    words: (e.getAttribute('aria-label') || e.innerText || e.getAttribute('data-slider') || '').slice(0, 40),
    seen: at.width > 0 && at.height > 0,
  };
}"""


STILL: Final = """() => document.getAnimations().every(
  (one) => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)"""
"""Nothing fades or slides any more; what turns for ever does not count."""


def faults(page: Any) -> list[str]:
    """Every fault of a page once it has come to rest, in words."""
    page.wait_for_function(STILL)
    return [
        f"{kind}: {one}"
        for kind, script in (("no name", NAMES), ("heading", HEADINGS), ("contrast", CONTRAST))
        for one in page.evaluate(script)
    ]


def stops(page: Any, most: int) -> list[dict[str, Any]]:
    """Where the tab key goes from the top of the page."""
    page.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges()")
    found = []
    for _ in range(most):
        page.keyboard.press("Tab")
        found.append(page.evaluate(TAB_STOPS))
    return found
