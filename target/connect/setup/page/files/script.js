// What the pages do beyond what they do without: messages while typing, the
// sample key and the policy as they would be, buttons that copy, and the results
// of the check as they come.
(() => {
  'use strict';
  const quiet = 250; // ms without a key before what was typed is judged
  const again = 300; // ms between two looks at the check

  const byId = (id) => document.getElementById(id);

  const tell = (name, text) => {
    const place = byId(name + '-problem');
    if (!place || place.textContent === text) return;
    place.textContent = text;
    const field = byId(name);
    if (!field) return;
    if (text) field.setAttribute('aria-invalid', 'true');
    else field.removeAttribute('aria-invalid');
  };

  const showPolicy = (text, principal) => {
    byId('policy').textContent = text;
    byId('policy-part').hidden = !text;
    byId('for-bucket').hidden = !principal.trim();
    byId('for-identity').hidden = Boolean(principal.trim());
  };

  const live = (form) => {
    let timer = 0;
    let asked = new AbortController();
    const judge = async () => {
      asked.abort();
      asked = new AbortController();
      const answers = new URLSearchParams(new FormData(form));
      let verdict;
      try {
        const answer = await fetch('validate', { method: 'POST', body: answers, signal: asked.signal });
        if (!answer.ok) return;
        verdict = await answer.json();
      } catch {
        return; // a newer one is under way, or the server is gone: sending the form says so
      }
      for (const [name, text] of Object.entries(verdict.problems)) tell(name, text);
      for (const [name, text] of Object.entries(verdict.warnings)) if (byId(name + '-warning')) byId(name + '-warning').textContent = text;
      if (byId('sample')) byId('sample').textContent = verdict.sample || '–';
      if (answers.has('principal')) showPolicy(verdict.policy || '', answers.get('principal'));
    };
    form.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(judge, quiet);
    });
    for (const field of form.querySelectorAll('textarea')) { // which is one line, drawn on several
      field.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' || event.isComposing) return;
        event.preventDefault();
        form.requestSubmit(form.querySelector('[value="next"]'));
      });
    }
    form.addEventListener('submit', () => {
      clearTimeout(timer);
      asked.abort();
    });
  };
  document.querySelectorAll('form[data-live]').forEach(live);

  const toClipboard = async (place) => {
    try {
      await navigator.clipboard.writeText(place.textContent);
      return true;
    } catch {
      getSelection().selectAllChildren(place); // for the person to copy
      return false;
    }
  };
  document.querySelectorAll('button[data-copy]').forEach((button) => {
    const label = button.firstChild;
    button.hidden = false;
    button.addEventListener('click', async () => {
      const done = await toClipboard(byId(button.dataset.copy));
      label.textContent = done ? 'Copied' : 'Selected';
      byId('copied').textContent = done ? 'Copied to the clipboard' : 'Selected; copy it with the keyboard';
      setTimeout(() => {
        label.textContent = 'Copy';
        byId('copied').textContent = '';
      }, 2000);
    });
  });

  const more = document.querySelector('[data-progress]');
  const look = async () => {
    const answer = await fetch('progress');
    if (answer.status !== 200) return true;
    const found = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelectorAll('#results > li');
    byId('results').append(...Array.from(found).slice(byId('results').children.length));
    return false;
  };
  const watch = async () => {
    try {
      if (await look()) {
        location.reload(); // to what follows
        return;
      }
    } catch {
      more.hidden = false; // the server is gone: following the link says so
      return;
    }
    setTimeout(watch, again);
  };
  if (more) {
    more.hidden = true;
    watch();
  }
})();
