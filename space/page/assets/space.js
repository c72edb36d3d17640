// Keeps open pages fresh. The server says what changed; the page then asks for itself once more and takes over the parts
// that are marked data-live. All HTML is made and escaped by the server.

function localTimes(root) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
  for (const element of root.querySelectorAll('time[datetime]')) {
    element.title = element.dateTime;
    element.textContent = format.format(new Date(element.dateTime));
  }
}

function liveFilter(root) {
  for (const input of root.querySelectorAll('input[data-filters]')) {
    const table = document.getElementById(input.dataset.filters);
    if (!table || input.dataset.bound) continue;
    input.dataset.bound = '1';
    input.addEventListener('input', () => {
      const wanted = input.value.trim().toLowerCase();
      for (const row of table.tBodies[0].rows)
        row.hidden = wanted !== '' && !row.textContent.toLowerCase().includes(wanted);
    });
  }
}

let asked = false;
let again = false;

async function refresh() {
  if (asked) {
    again = true;
    return;
  }
  asked = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (answer.status === 401 || answer.redirected) {
      location.reload();
      return;
    }
    if (answer.ok) takeOver(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  } catch {
    // The space is away; the stream reconnects and asks then.
  }
  // Not more than once a second, however much happens.
  setTimeout(() => {
    asked = false;
    if (again) {
      again = false;
      refresh();
    }
  }, 1000);
}

function takeOver(fresh) {
  localTimes(fresh);
  for (const part of document.querySelectorAll('[data-live]')) {
    const other = fresh.getElementById(part.id);
    if (!other || other.innerHTML === part.innerHTML) continue;
    // Whoever is typing or has opened something there keeps it.
    if (part.contains(document.activeElement) && document.activeElement.matches('input, textarea, select')) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : '';
    const open = [...part.querySelectorAll('details[open][id]')].map((d) => d.id);
    part.replaceChildren(...other.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute('open', '');
    if (focused) document.getElementById(focused)?.focus();
    liveFilter(part);
  }
}

function listen() {
  const topics = new Set(
    (document.body.querySelector('main')?.querySelector('[data-topics]')?.dataset.topics ?? '').split(' '),
  );
  if (topics.size === 0 || topics.has('')) return;
  const stream = new EventSource('/api/events');
  let lost = false;
  stream.onopen = () => {
    if (lost) refresh();
    lost = false;
  };
  stream.onerror = () => {
    lost = true;
  };
  stream.onmessage = (message) => {
    const news = JSON.parse(message.data);
    if (news.topic === 'all' || topics.has(news.topic)) refresh();
  };
}

document.addEventListener('DOMContentLoaded', () => {
  localTimes(document);
  liveFilter(document);
  for (const form of document.querySelectorAll('form[data-auto]'))
    for (const select of form.querySelectorAll('select')) select.addEventListener('change', () => form.requestSubmit());
  for (const button of document.querySelectorAll('button[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', () =>
      navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent),
    );
  }
  listen();
});
