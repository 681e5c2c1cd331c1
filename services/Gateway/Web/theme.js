// Before the first paint, so that nothing flashes: what the reader chose, else what their system says.
(() => {
  try {
    const chosen = localStorage.getItem('theme');
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
  } catch {
    // A browser that keeps nothing throws.
  }
})();
