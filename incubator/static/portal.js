/* What script adds to pages that already work without it. No library, ES2019.

   1 small tools   2 folding and menus   3 dialogs   4 submitting once   5 characters left
   6 rows of a table   7 files   8 saving by itself   9 the end of a session   10 figures of a report   11 keys */
(function () {
  'use strict';

  /* 1 Small tools ---------------------------------------------------------- */

  function all(selector, root) { return Array.from((root || document).querySelectorAll(selector)); }

  function make(tag, attributes) {
    const node = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) {
      if (name === 'text') node.textContent = attributes.text;
      else node.setAttribute(name, attributes[name]);
    });
    Array.from(arguments).slice(2).forEach(function (child) { node.append(child); });
    return node;
  }

  const meta = document.querySelector('meta[name="csrf-token"]');
  function token() { return meta ? meta.content : ''; }

  /* A new sign-in in another tab brings a new token: every form on this page takes it. */
  function renew(answer) {
    if (answer && answer.csrf_token) {
      if (meta) meta.content = answer.csrf_token;
      all('input[name="csrf_token"]').forEach(function (i) { i.value = answer.csrf_token; });
    }
    if (answer && answer.left) arm(answer.left);
  }

  /* Stays signed in; answers until when. */
  function keepSession() {
    return fetch('/session/keep', { credentials: 'same-origin', cache: 'no-store', redirect: 'error', headers: { Accept: 'application/json', 'X-CSRFToken': token() } })
      .then(function (response) {
        if (!response.ok) throw new Error(String(response.status));
        return read(response);
      });
  }

  function post(url, body, options) {
    return fetch(url, Object.assign({
      method: 'POST', body: body, credentials: 'same-origin', redirect: 'error',
      headers: { 'X-CSRFToken': token(), Accept: 'application/json', 'X-Requested-With': 'fetch' },
    }, options || {}));
  }

  function read(response) { return response.json().catch(function () { return {}; }); }

  const BEIJING = new Intl.DateTimeFormat('zh-CN', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Shanghai' });
  function clock(value) {
    if (/^\d{1,2}:\d{2}/.test(value || '')) return value.slice(0, 5);
    const at = value ? new Date(value) : new Date();
    return BEIJING.format(isNaN(at) ? new Date() : at);
  }

  function size(bytes) {
    return bytes < 1048576 ? Math.max(1, Math.round(bytes / 1024)) + '\u00a0KB' : (bytes / 1048576).toFixed(1) + '\u00a0MB';
  }

  /* 2 Folding and menus ---------------------------------------------------- */

  if (matchMedia('(max-width:820px)').matches) {
    all('details.fold').forEach(function (d) { if (!d.hasAttribute('data-keep')) d.open = false; });
  }

  const FLOATING = 'details.art[open],details.menu[open]';
  document.addEventListener('click', function (event) {
    all(FLOATING).forEach(function (d) { if (!d.contains(event.target)) d.open = false; });
  });
  document.addEventListener('keydown', function (event) {
    if (event.key !== 'Escape') return;
    all(FLOATING).forEach(function (d) {
      const inside = d.contains(document.activeElement);
      d.open = false;
      if (inside) d.querySelector('summary').focus();
    });
  });

  all('[data-print]').forEach(function (b) { b.hidden = false; b.addEventListener('click', function () { print(); }); });

  const wanted = document.querySelector('[data-focus]');
  if (wanted) wanted.focus();

  /* A link of the summary leads to the control itself, not only to its place. */
  document.addEventListener('click', function (event) {
    const link = event.target.closest('.summary a[href^="#"],.foot-bar a[href^="#"]');
    const goal = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!goal) return;
    event.preventDefault();
    for (let d = goal.closest('details'); d; d = d.parentElement.closest('details')) d.open = true;
    goal.focus({ preventScroll: true });
    (goal.closest('.field,.fig') || goal).scrollIntoView({ block: 'start' });
  });

  /* 3 Dialogs -------------------------------------------------------------- */

  document.addEventListener('click', function (event) {
    const opener = event.target.closest('[data-dialog]');
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (!dialog) return;
      event.preventDefault();
      if (dialog.showModal) { if (!dialog.open) dialog.showModal(); } else dialog.setAttribute('open', '');
      const first = dialog.querySelector('textarea,input:not([type=hidden]),select');
      if (first) first.focus();
      return;
    }
    const closer = event.target.closest('[data-close]');
    if (closer) {
      const dialog = closer.closest('dialog');
      if (dialog.close) dialog.close(); else dialog.removeAttribute('open');
    }
  });

  /* 4 Submitting once ------------------------------------------------------ */

  document.addEventListener('click', function (event) {
    const grey = event.target.closest('[aria-disabled="true"]');
    if (grey) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);

  const BUSY = '提交中，请等一下';
  function calm(form) {
    delete form.dataset.busy;
    all('[data-was]', form).concat(all('[form="' + form.id + '"][data-was]')).forEach(function (b) {
      b.textContent = b.dataset.was;
      b.removeAttribute('data-was');
      b.removeAttribute('aria-busy');
      b.removeAttribute('aria-disabled');
    });
  }
  document.addEventListener('submit', function (event) {
    const form = event.target;
    if (event.defaultPrevented || form.method === 'dialog' || form.method === 'get' || form.target === '_blank' || form.hasAttribute('data-free')) return;
    if (form.dataset.busy) { event.preventDefault(); return; }
    form.dataset.busy = '1';
    if (/\/logout$/.test(form.action)) { try { sessionStorage.clear(); } catch (e) { /* nothing kept then */ } }
    const button = event.submitter || form.querySelector('button:not([type=button])');
    if (button && button.matches('.btn')) {
      button.dataset.was = button.textContent;
      button.textContent = BUSY;
      button.setAttribute('aria-busy', 'true');
      button.setAttribute('aria-disabled', 'true');
    }
    setTimeout(function () { calm(form); }, 20000);
  });
  addEventListener('pageshow', function (event) { if (event.persisted) all('form[data-busy]').forEach(calm); });

  /* 5 Characters left ------------------------------------------------------ */

  function left(area) {
    const out = area.id && document.getElementById(area.id + '-l');
    if (!out) return;
    const rest = area.maxLength - area.value.length;
    out.textContent = '还可以写\u00a0' + rest + '\u00a0字';
    out.classList.toggle('amber', rest <= 20);
    if (rest <= 20) out.setAttribute('aria-live', 'polite'); else out.removeAttribute('aria-live');
  }
  all('textarea[maxlength]').forEach(left);
  document.addEventListener('input', function (event) { if (event.target.matches('textarea[maxlength]')) left(event.target); });

  /* 6 Rows of a table ------------------------------------------------------ */

  const CELLS = 'input:not([type=hidden]),select,textarea';
  function blank(row) {
    return all(CELLS, row).every(function (c) { return c.type === 'checkbox' ? !c.checked : !c.value.trim(); });
  }
  function addRow(name) {
    const table = document.querySelector('table[data-rows="' + name + '"]');
    const template = document.querySelector('template[data-row-of="' + name + '"]');
    if (!table || !template) return null;
    const used = all('[name^="' + name + '-"]', table).map(function (c) { return parseInt(c.name.slice(name.length + 1), 10); });
    const next = Math.max.apply(null, used.concat([Number(table.dataset.last || -1)])) + 1;
    table.dataset.last = next;
    const row = document.importNode(template.content, true).querySelector('tr');
    all('*', row).forEach(function (node) {
      ['id', 'name', 'for', 'aria-describedby'].forEach(function (a) {
        if (node.hasAttribute(a)) node.setAttribute(a, node.getAttribute(a).replace('__i__', next));
      });
    });
    table.tBodies[0].append(row);
    all('[data-drop-row]', row).forEach(function (b) { b.hidden = false; });
    row.querySelector(CELLS).focus();
    return row;
  }
  all('table[data-rows]').forEach(function (table) {
    const spare = all('tr[data-spare]', table).filter(blank);
    const others = table.tBodies[0].rows.length - spare.length;
    spare.forEach(function (row, i) { if (others || i) row.remove(); });
    all('[data-drop-row]', table).forEach(function (b) { b.hidden = false; });
  });
  all('[data-add-row]').forEach(function (b) { b.hidden = false; b.addEventListener('click', function () { addRow(b.dataset.addRow); }); });

  document.addEventListener('keydown', function (event) {
    if (event.key !== 'Enter' || event.isComposing || event.ctrlKey || event.metaKey) return;
    const cell = event.target;
    const table = cell.closest && cell.closest('table[data-rows]');
    if (!table || !cell.matches('input,select')) return;
    event.preventDefault();
    const cells = all(CELLS, table.tBodies[0]);
    const after = cells[cells.indexOf(cell) + 1];
    if (after) after.focus();
    else if (!blank(cell.closest('tr'))) addRow(table.dataset.rows);
  });
  document.addEventListener('click', function (event) {
    const button = event.target.closest('[data-drop-row]');
    if (!button) return;
    const row = button.closest('tr');
    const body = row.parentNode;
    const table = body.closest('table');
    const before = row.nextElementSibling;
    const near = row.nextElementSibling || row.previousElementSibling;
    const group = table.closest('fieldset') || table.parentNode;
    const empty = blank(row);
    row.remove();
    if (near) near.querySelector(CELLS).focus(); else addRow(table.dataset.rows);
    table.dispatchEvent(new Event('change', { bubbles: true }));
    all('[data-undo]', group).forEach(function (p) { p.remove(); });
    if (empty) return;
    const back = make('button', { type: 'button', class: 'btn btn--quiet', text: '放回' });
    const line = make('p', { class: 'meta', role: 'status', 'data-undo': '', text: '删去了一行。' }, back);
    back.addEventListener('click', function () {
      body.insertBefore(row, before && before.parentNode === body ? before : null);
      line.remove();
      row.querySelector(CELLS).focus();
      table.dispatchEvent(new Event('change', { bubbles: true }));
    });
    group.append(line);
  });

  /* 7 Files ---------------------------------------------------------------- */

  function ending(name) { const dot = name.lastIndexOf('.'); return dot < 0 ? '' : name.slice(dot).toLowerCase(); }
  function refusal(file, input) {
    const kinds = (input.dataset.accept || '').toLowerCase().split(',').map(function (k) { return k.trim(); }).filter(Boolean);
    const most = Number(input.dataset.max || 0);
    if (kinds.length && kinds.indexOf(ending(file.name)) < 0) {
      const names = kinds.map(function (k) { return k.slice(1).toUpperCase(); }).filter(function (k) { return k !== 'JPEG'; });
      return '不收 ' + (ending(file.name).slice(1).toUpperCase() || '没有扩展名的文件') + '。转成 ' + names.join('、') + ' 再传；其他文件不受影响。';
    }
    if (most && file.size > most) return '有 ' + size(file.size) + '，超过 ' + size(most).replace('.0', '') + '。压缩或分成几个再传；其他文件不受影响。';
    if (!file.size) return '是空的，里面没有内容。';
    return '';
  }
  function listUnder(input) {
    const field = input.closest('.field') || input.parentNode;
    let list = field.querySelector('.uploads');
    if (!list) {
      list = make('ul', { class: 'uploads', 'aria-label': '已选文件' });
      (input.closest('.file') || input).after(list);
    }
    return list;
  }
  function failed(item, name, reason, again) {
    item.textContent = '';
    item.append(make('span', { text: name }), make('span', { class: 'red', text: '没有上传' }), make('span', { class: 'sub red', role: 'alert', text: reason }));
    if (again) {
      const button = make('button', { type: 'button', class: 'btn btn--quiet', text: '再传一次' });
      button.addEventListener('click', again);
      item.append(button);
    }
  }
  function send(file, input, list) {
    const item = make('li');
    list.append(item);
    const wrong = refusal(file, input);
    if (wrong) { failed(item, file.name, wrong); return; }
    go();
    function go() {
      item.textContent = '';
      const state = make('span', { class: 'muted', text: '上传中' });
      const space = 'http://www.w3.org/2000/svg';
      const svg = document.createElementNS(space, 'svg');
      [['class', 'bar'], ['viewBox', '0 0 100 10'], ['preserveAspectRatio', 'none'], ['aria-hidden', 'true']].forEach(function (p) { svg.setAttribute(p[0], p[1]); });
      const ground = document.createElementNS(space, 'rect');
      const done = document.createElementNS(space, 'rect');
      ground.setAttribute('class', 'g'); ground.setAttribute('width', '100'); ground.setAttribute('height', '10');
      done.setAttribute('width', '0'); done.setAttribute('height', '10');
      svg.append(ground, done);
      item.append(make('span', { text: file.name }), state, svg);
      const data = new FormData();
      data.append('file', file);
      data.append('field', input.name);
      const request = new XMLHttpRequest();
      request.open('POST', input.dataset.upload);
      request.setRequestHeader('X-CSRFToken', token());
      request.setRequestHeader('Accept', 'application/json');
      request.upload.addEventListener('progress', function (event) {
        if (!event.lengthComputable) return;
        const share = Math.round(event.loaded / event.total * 100);
        done.setAttribute('width', share);
        state.textContent = share < 100 ? '上传中 ' + share + '%' : '检查中';
      });
      request.addEventListener('load', function () {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch (e) { /* a page, not an answer */ }
        if (request.status >= 200 && request.status < 300 && answer.url) {
          item.textContent = '';
          if (!input.multiple) Array.from(list.children).forEach(function (other) { if (other !== item) other.remove(); });
          const about = make('span', { class: 'muted', text: size(answer.size || file.size) });
          item.append(make('a', { href: answer.url, text: answer.name || file.name }), about);
          if (answer.id && input.form && input.form.dataset.autosave) {
            about.append(' ', make('button', { class: 'btn btn--quiet btn--small', name: 'drop', value: input.name + ':' + answer.id, 'aria-label': '移除 ' + (answer.name || file.name), text: '移除' }));
          }
          if (answer.note) item.append(make('span', { class: 'sub', text: answer.note }));
          return;
        }
        const says = { 401: '登录已过期。登录后再传一次。', 413: '文件太大，服务器没有收。', 429: '传得太快，等一分钟再传。' };
        failed(item, file.name, answer.error || says[request.status] || '服务器没有收下，其他文件不受影响。', go);
      });
      request.addEventListener('error', function () { failed(item, file.name, '网络断了，其他文件不受影响。', go); });
      request.send(data);
    }
  }
  document.addEventListener('change', function (event) {
    const input = event.target;
    if (!input.matches || !input.matches('input[type=file]')) return;
    const files = Array.from(input.files);
    if (!files.length) return;
    const list = listUnder(input);
    if (input.dataset.upload) {
      event.stopPropagation();
      files.forEach(function (file) { send(file, input, list); });
      input.value = '';
      return;
    }
    all('li[data-picked]', list).forEach(function (li) { li.remove(); });
    let refused = false;
    files.forEach(function (file) {
      const item = make('li', { 'data-picked': '' });
      const wrong = refusal(file, input);
      if (wrong) { refused = true; failed(item, file.name, wrong); item.querySelector('.red').textContent = '不能上传'; }
      else item.append(make('span', { text: file.name }), make('span', { class: 'muted', text: size(file.size) }));
      list.append(item);
    });
    if (refused) input.value = '';
  });

  /* 8 Saving by itself ----------------------------------------------------- */

  const EVERY = 30000;
  const UNSAVED = '没有保存，内容还在这台电脑上';
  const TICK = 'm2 7.5 3.4 3.5L12 3.5';

  function autosave(form) {
    const url = form.dataset.autosave;
    const key = 'portal:' + location.pathname + ':' + url;
    const version = form.querySelector('input[name="version"]');
    let base = values();
    let sending = false;
    let again = false;
    let timer = 0;
    let out = false; /* signed out: waiting for a sign-in in another tab */
    let leaving = false;
    let unsaved = false; /* what the words at the foot last said */
    const conflicts = new Set(); /* fields that someone else changed and nobody has settled */

    function values() {
      const found = new Map();
      Array.from(form.elements).forEach(function (c) {
        if (!c.name || c.disabled || c.type === 'file' || c.type === 'submit' || c.type === 'button' || c.name === 'csrf_token' || c.name === 'version') return;
        if (!found.has(c.name)) found.set(c.name, []);
        if ((c.type === 'checkbox' || c.type === 'radio') && !c.checked) return;
        if (c.type === 'select-multiple') Array.from(c.selectedOptions).forEach(function (o) { found.get(c.name).push(o.value); });
        else found.get(c.name).push(c.value);
      });
      return found;
    }
    function changed() {
      const now = values();
      const names = new Set();
      now.forEach(function (value, name) {
        const was = base.get(name);
        if (!was ? value.join('') !== '' : was.join('\n') !== value.join('\n')) names.add(name);
      });
      base.forEach(function (value, name) { if (!now.has(name)) names.add(name); });
      return { now: now, names: names };
    }
    function tableOf(name) {
      return all('table[data-rows]', form).map(function (t) { return t.dataset.rows; })
        .find(function (n) { return name.indexOf(n + '-') === 0; });
    }

    function say(text, kind) {
      unsaved = kind === 'bad';
      all('[data-saved]', form).concat(all('[data-saved-for="' + form.id + '"]')).forEach(function (p) {
        p.classList.toggle('amber', kind === 'bad');
        p.textContent = '';
        if (kind === 'good') {
          const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
          [['width', 14], ['height', 14], ['viewBox', '0 0 14 14'], ['fill', 'none'], ['stroke', 'currentColor'], ['stroke-width', 2], ['aria-hidden', 'true']].forEach(function (a) { svg.setAttribute(a[0], a[1]); });
          const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
          path.setAttribute('d', TICK);
          svg.append(path);
          p.append(svg);
        }
        p.append(make('span', { text: text }));
      });
    }

    /* The copy on this machine: for this tab only, never what is secret, gone when saved; `but` a table given up. */
    function keep(submitted, but) {
      const state = changed();
      const copy = {};
      state.names.forEach(function (name) {
        if (but && tableOf(name) === but) return;
        const control = form.elements[name];
        const one = control && (control.length && !control.tagName ? control[0] : control);
        if (one && !one.hasAttribute('data-secret') && one.type !== 'password') copy[name] = state.now.get(name) || [];
      });
      try {
        if (Object.keys(copy).length) sessionStorage.setItem(key, JSON.stringify({ fields: copy, version: version ? version.value : '', submitted: Boolean(submitted) }));
        else sessionStorage.removeItem(key);
      } catch (e) { /* storage full or shut: saving still goes on */ }
    }
    function forget() { try { sessionStorage.removeItem(key); } catch (e) { /* as above */ } }

    function restore() {
      let copy = null;
      try { copy = JSON.parse(sessionStorage.getItem(key) || 'null'); } catch (e) { copy = null; }
      if (!copy) return;
      const entry = performance.getEntriesByType('navigation')[0];
      if (copy.submitted && !(entry && entry.type === 'back_forward')) { forget(); return; }
      let count = 0;
      Object.keys(copy.fields).forEach(function (name) {
        const table = tableOf(name);
        if (table && !form.elements[name] && copy.fields[name].join('')) {
          const row = addRow(table);
          if (row) {
            const number = name.slice(table.length + 1).split('-')[0];
            all('[name]', row).forEach(function (c) { c.name = c.name.replace(new RegExp('^' + table + '-\\d+-'), table + '-' + number + '-'); c.id = 'f-' + c.name; });
          }
        }
        count += fill(name, copy.fields[name]) ? 1 : 0;
      });
      if (!count) { forget(); return; }
      if (version && copy.version) version.value = copy.version;
      place('kept', 'info', '上次没有存上的 ' + count + '\u00a0处内容已经放回来了。');
      soon(200);
    }
    function fill(name, list) {
      const controls = Array.from(form.elements).filter(function (c) { return c.name === name; });
      let touched = false;
      controls.forEach(function (c) {
        if (c.type === 'checkbox' || c.type === 'radio') {
          const on = list.indexOf(c.value) >= 0;
          if (c.checked !== on) { c.checked = on; touched = true; }
        } else if (list.length && c.value !== list[0]) { c.value = list[0]; touched = true; }
        if (c.maxLength > 0) left(c);
      });
      return touched;
    }

    /* Notes stand in the foot bar, which is always in sight, or at the top of the form. */
    function place(name, kind, text) {
      remove(name);
      const note = make('div', { class: 'note note--' + kind + ' autosave-note', role: kind === 'info' ? 'status' : 'alert', 'data-autosave-note': name }, make('p', { text: text }));
      const foot = form.querySelector('.foot-bar');
      if (foot) foot.prepend(note); else form.prepend(note);
      return note;
    }
    function remove(name) { all('[data-autosave-note="' + name + '"]', form).forEach(function (n) { n.remove(); }); }

    function signedOut() {
      out = true;
      say(UNSAVED, 'bad');
      if (form.querySelector('[data-autosave-note="out"]')) return;
      const note = place('out', 'soon', '登录已过期，填的内容还在这一页。在新标签页登录后，这里自动接着保存。');
      note.append(make('p', { class: 'acts' }, make('a', { class: 'btn', href: '/login', target: '_blank', rel: 'opener', text: '在新标签页登录' })));
    }
    function refresh() {
      return keepSession().then(function (a) { renew(a); return true; }).catch(function () { return false; });
    }

    function nameOf(field) {
      const control = document.getElementById('f-' + field);
      const label = form.querySelector('label[for="f-' + field + '"]') || (control && control.closest('fieldset') && control.closest('fieldset').querySelector('legend'));
      return label ? label.textContent.replace(/选填/, '').trim() : field;
    }
    /* The version to save on, when the answer did not say it. */
    function newest(answer) {
      if (!version) return Promise.resolve();
      if (answer.version !== undefined) { version.value = answer.version; return Promise.resolve(); }
      return fetch(location.href, { credentials: 'same-origin', cache: 'no-store' }).then(function (r) { return r.text(); }).then(function (html) {
        const other = Array.from(new DOMParser().parseFromString(html, 'text/html').querySelectorAll('form[data-autosave]'))
          .find(function (f) { return f.dataset.autosave === url; });
        const field = other && other.querySelector('input[name="version"]');
        if (field) version.value = field.value;
      });
    }
    /* A value as it is read on this page: of a choice its words, not its code. */
    function words(value, field) {
      if (value === null || value === undefined || value === '') return '空';
      if (Array.isArray(value)) {
        if (value.length && typeof value[0] === 'object') return value.length + '\u00a0行';
        return value.map(function (v) { return words(v, field); }).join('、') || '空';
      }
      if (typeof value === 'boolean') return value ? '是' : '否';
      const controls = Array.from(form.elements).filter(function (c) { return c.name === field; });
      for (const c of controls) {
        if (c.tagName === 'SELECT') {
          const option = Array.from(c.options).find(function (o) { return o.value === String(value); });
          if (option) return option.textContent;
        } else if ((c.type === 'radio' || c.type === 'checkbox') && c.value === String(value) && c.closest('label')) return c.closest('label').textContent.trim();
      }
      return String(value);
    }
    function conflict(answer) {
      const list = answer.conflicts || [];
      say(UNSAVED, 'bad');
      if (!list.length) { newest(answer).then(function () { soon(1000); }).catch(function () {}); return; }
      const note = place('conflict', 'soon', '有 ' + list.length + '\u00a0处，另一个人刚才也改了。选一个再保存：');
      const rows = make('ul', { class: 'conflicts' });
      list.forEach(function (c) {
        conflicts.add(c.field);
        const whole = [c.yours, c.theirs].some(function (v) { return Array.isArray(v) && v.length && typeof v[0] === 'object'; });
        const mine = make('button', { type: 'button', class: 'btn', text: '留这里的' });
        const theirs = make('button', { type: 'button', class: 'btn', text: '用对方的' });
        const row = make('li', {}, make('b', { text: nameOf(c.field) }),
          make('span', { text: '这里：' + words(c.yours, c.field) }), make('span', { text: '对方：' + words(c.theirs, c.field) }),
          make('span', { class: 'acts' }, mine, theirs));
        function settle(take) {
          if (take && whole) { keep(false, c.field); leaving = true; location.reload(); return; }
          if (take) {
            const value = [].concat(c.theirs === true ? 'y' : c.theirs === false ? [] : c.theirs === null || c.theirs === undefined ? '' : c.theirs).map(String);
            fill(c.field, value);
            base.set(c.field, value);
          }
          conflicts.delete(c.field);
          row.remove();
          if (!conflicts.size) { remove('conflict'); newest(answer).then(function () { save(); }).catch(function () { say(UNSAVED, 'bad'); }); }
        }
        mine.addEventListener('click', function () { settle(false); });
        theirs.addEventListener('click', function () { settle(true); });
        rows.append(row);
      });
      note.append(rows);
    }

    function body(state) {
      const data = new URLSearchParams();
      const tables = new Set();
      state.names.forEach(function (name) {
        const table = tableOf(name);
        if (table) { tables.add(table); return; }
        const list = state.now.get(name) || [];
        if (!list.length) data.append(name, '');
        list.forEach(function (v) { data.append(name, v); });
      });
      /* Rows go whole: what is not sent was deleted. */
      tables.forEach(function (table) {
        data.append('rows', table);
        state.now.forEach(function (list, name) { if (tableOf(name) === table) list.forEach(function (v) { data.append(name, v); }); });
      });
      if (version) data.append('version', version.value);
      return data;
    }

    function save(options) {
      clearTimeout(timer);
      if (leaving) return Promise.resolve();
      const state = changed();
      if (!state.names.size) {
        forget();
        if (unsaved) { remove('kept'); say('没有要保存的改动'); }
        return Promise.resolve();
      }
      if (sending) { again = true; return Promise.resolve(); }
      if (conflicts.size) { keep(); return Promise.resolve(); }
      keep();
      sending = true;
      say('正在保存');
      return post(url, body(state), options).then(function (response) {
        return read(response).then(function (answer) {
          if (response.ok) {
            state.names.forEach(function (name) { if (state.now.has(name)) base.set(name, state.now.get(name)); else base.delete(name); });
            if (version && answer.version !== undefined) version.value = answer.version;
            out = false;
            ['out', 'kept'].forEach(remove);
            renew(answer);
            keep();
            say('已保存 ' + clock(answer.saved_at), 'good');
          } else if (response.status === 401) signedOut();
          else if (response.status === 409) conflict(answer);
          else if (response.status === 400 && out) refresh();
          else {
            say(UNSAVED, 'bad');
            if (answer.error) place('error', 'soon', answer.error);
          }
        });
      }).catch(function () { say(UNSAVED, 'bad'); }).then(function () {
        sending = false;
        if (again) { again = false; soon(300); }
      });
    }
    function soon(wait) { clearTimeout(timer); timer = setTimeout(save, wait); }
    function back() { if (out && !document.hidden) refresh().then(function (signedIn) { if (signedIn) save(); }); }

    form.addEventListener('input', function () { keep(); });
    form.addEventListener('change', function () { soon(600); });
    form.addEventListener('focusout', function () { soon(600); });
    form.addEventListener('submit', function (event) {
      if (event.defaultPrevented) return;
      leaving = true;
      clearTimeout(timer);
      keep(true);
      setTimeout(function () { leaving = false; }, 20000);
    });
    setInterval(function () { if (out) back(); else save(); }, EVERY);
    addEventListener('online', function () { save(); });
    addEventListener('focus', back);
    document.addEventListener('visibilitychange', function () { if (document.hidden) save({ keepalive: true }); else back(); });
    addEventListener('beforeunload', function (event) {
      if (leaving || !changed().names.size) return;
      keep();
      event.preventDefault();
      event.returnValue = '';
    });
    restore();
  }
  all('form[data-autosave]').forEach(autosave);

  /* 9 The end of a session ------------------------------------------------- */

  const WARN = 5 * 60000;
  let ends = 0;
  let bell = 0;
  let strip = null;
  /* seconds left, not an instant: the portal's clock may be another one than this machine's */
  function arm(left) {
    if (!(left >= 0)) return;
    ends = Date.now() + left * 1000;
    clearTimeout(bell);
    if (strip) { strip.remove(); strip = null; }
    bell = setTimeout(warn, Math.max(0, Math.min(ends - Date.now() - WARN, 2147483647)));
  }
  function warn() {
    if (ends - Date.now() > WARN + 1000) { arm((ends - Date.now()) / 1000); return; }
    const text = make('p');
    const stay = make('button', { type: 'button', class: 'btn btn--main', text: '继续使用' });
    strip = make('div', { class: 'session-note', role: 'alert' }, text, stay);
    document.body.append(strip);
    stay.addEventListener('click', function () {
      keepSession().then(function (answer) {
        renew(answer);
      }).catch(over);
    });
    const beat = setInterval(function () { if (!strip || !strip.contains(text)) clearInterval(beat); else tell(); }, 15000);
    tell();
    function tell() {
      const rest = Math.ceil((ends - Date.now()) / 60000);
      if (rest <= 0) { over(); return; }
      const words = rest + '\u00a0分钟后退出登录。填的内容会留着，登录后接着填。';
      if (text.textContent !== words) text.textContent = words;
    }
    function over() {
      clearInterval(beat);
      if (!strip) return;
      text.textContent = '已退出登录。这一页填的内容还在这台电脑上。';
      stay.replaceWith(make('a', { class: 'btn', href: '/login', target: '_blank', rel: 'opener', text: '在新标签页登录' }));
    }
  }
  if (document.body.dataset.sessionLeft) arm(Number(document.body.dataset.sessionLeft));

  /* 10 Figures of a report: the same as last time ---------------------------- */

  all('[data-same]').forEach(function (button) {
    button.hidden = false;
    button.addEventListener('click', function () {
      all('input[data-last]', button.closest('section') || document).forEach(function (i) {
        if (!i.readOnly && i.value !== i.dataset.last) { i.value = i.dataset.last; i.dispatchEvent(new Event('change', { bubbles: true })); }
      });
    });
  });

  /* 11 Keys: next, pass, return; only where the page has the list of them, never while something is typed --- */

  const keys = document.querySelector('dialog[data-keys]');
  if (keys && keys.showModal) {
    all('[data-keys-help]').forEach(function (b) { b.hidden = false; });
    const rows = all('.table--work a.row');
    const typing = 'select,textarea,[contenteditable],input:not([type=checkbox]):not([type=radio])';
    const here = function () {
      const row = document.activeElement && document.activeElement.closest('tr');
      return row ? rows.indexOf(row.querySelector('a.row')) : -1;
    };
    const walk = function (by) {
      const at = here();
      const goal = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)];
      if (goal) { goal.focus(); goal.closest('tr').scrollIntoView({ block: 'nearest' }); }
      return Boolean(goal);
    };
    const press = function (selector) {
      const goal = document.querySelector(selector);
      if (goal) goal.click();
      return Boolean(goal);
    };
    const known = {
      work: {
        j: function () { return walk(1); }, k: function () { return walk(-1); },
        ArrowDown: function () { return here() >= 0 && walk(1); }, ArrowUp: function () { return here() >= 0 && walk(-1); },
        x: function () {
          const box = here() >= 0 && rows[here()].closest('tr').querySelector('.tick input');
          if (box) box.checked = !box.checked;
          return Boolean(box);
        },
      },
      case: {
        n: function () { return press('[data-next]'); },
        p: function () { return press('.next a.btn--main'); },
        r: function () { return press('.next a[href*="/act/return?"],.next a[href$="/act/return"]'); },
      },
    }[keys.dataset.keys] || {};
    document.addEventListener('keydown', function (event) {
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest(typing) || document.querySelector('dialog[open]')) return;
      const act = event.key === '?' ? function () { keys.showModal(); return true; } : known[event.key.length > 1 ? event.key : event.key.toLowerCase()];
      if (act && act()) event.preventDefault();
    });
  }
})();
