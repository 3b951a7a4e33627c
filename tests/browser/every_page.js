const root = document.documentElement;
const edge = root.clientWidth;
const inside = '.wide, .scroll, .drawing, .list, figure.flow, .facts';
const widest = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > edge + 1 && !e.parentElement.closest(inside));
const [page] = performance.getEntriesByType('navigation');
const parts = performance.getEntriesByType('resource');
const texts = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const at = walk.currentNode.parentElement;
  if (!at.closest('script, style, [lang^=zh]')) texts.push([at, walk.currentNode.textContent.trim()]);
}
for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
  for (const at of document.querySelectorAll(`[${name}]`)) if (!at.closest('[lang^=zh]') || root.lang !== 'en') texts.push([at, at.getAttribute(name)]);
return {
  status: page.responseStatus,
  lang: root.lang,
  h1: document.querySelectorAll('h1').length,
  wide: root.scrollWidth - edge,
  widest: widest.slice(0, 3).map(e => e.outerHTML.slice(0, 120)),
  weight: parts.reduce((sum, part) => sum + part.encodedBodySize, page.encodedBodySize),
  public: root.classList.contains('public'),
  bare_keys: texts.filter(([at, text]) => /^[a-z_]+(\.[\p{L}_]+)+$/u.test(text) && !at.closest('code, pre, option, .diff, svg, [href$=".json"]')).map(([, text]) => text),
  chinese: [...new Set(texts.flatMap(([, text]) => text.match(/\p{Script=Han}+/gu) ?? []))],
};
