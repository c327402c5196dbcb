/* The hall's screen: asks every three seconds, shows when nobody answers, rings and says each call once in Hindi.
   Written for the browsers of old televisions. The sound needs one press, as browsers ask. */
"use strict";

(function () {
  var EVERY = 3000, PATIENCE = 4000, LONGEST_WORDS = 15000, BEGINS_WITHIN = 3000;
  var body = document.body, board = document.getElementById("board"), sound = document.getElementById("sound");
  var shown = board.innerHTML, said = {}, waiting = [], speaking = false, silent = false, audio = null, clips = null;

  function byId(id) { return document.getElementById(id); }

  /* ── The numbers ── */
  function answered(text) {
    if (text !== shown) {
      shown = text;
      board.innerHTML = text;
      hear(true);
    }
    body.classList.remove("is-lost");
    byId("link-good").hidden = false;
    byId("link-lost").hidden = true;
    // The server's time: a television's own clock is often wrong, or another country's.
    var at = board.querySelector("time").textContent;
    document.querySelectorAll("[data-last-answer]").forEach(function (one) { one.textContent = at; });
  }

  function lost() {
    body.classList.add("is-lost");
    byId("link-good").hidden = true;
    byId("link-lost").hidden = false;
  }

  function gone() {
    body.classList.remove("is-lost");
    board.hidden = true;
    byId("link-good").hidden = byId("link-lost").hidden = sound.hidden = true;
    byId("gone").hidden = false;
  }

  function ask() {
    var stop = new AbortController(), timer = setTimeout(function () { stop.abort(); }, PATIENCE);
    fetch(location.pathname, {
      headers: { "HX-Request": "true", "X-Polling": "1" }, credentials: "omit", cache: "no-store", signal: stop.signal,
    }).then(function (answer) {
      if (answer.status === 404) return gone();
      if (!answer.ok) throw new Error(answer.status);
      return answer.text().then(answered).then(again);
    }).catch(function () {
      lost();
      again();
    }).then(function () { clearTimeout(timer); });
  }

  function again() { setTimeout(ask, EVERY); }

  /* ── The calls, the oldest first ── */
  function hear(aloud) {
    Array.from(board.querySelectorAll("[data-call]")).reverse().forEach(function (call) {
      if (said[call.dataset.call]) return;
      said[call.dataset.call] = true;
      if (aloud && audio) waiting.push(call.dataset.said);
    });
    next();
  }

  function next() {
    if (speaking || !waiting.length) return;
    speaking = true;
    var words = waiting.shift();
    body.dataset.saying = words;
    chime().then(function () { return Promise.race([say(words), pause(LONGEST_WORDS)]); }).catch(function () {}).then(function () {
      delete body.dataset.saying;
      speaking = false;
      next();
    });
  }

  function pause(milliseconds) { return new Promise(function (done) { setTimeout(done, milliseconds); }); }

  /* Two notes, the second lower: heard through a full hall. */
  function chime() {
    [[880, 0], [660, 0.35]].forEach(function (note) {
      var tone = audio.createOscillator(), volume = audio.createGain(), at = audio.currentTime + note[1];
      tone.frequency.value = note[0];
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.5, at + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.7);
      tone.connect(volume);
      volume.connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.75);
    });
    return pause(1000);
  }

  /* The browser's own Hindi voice, where it has one that speaks; else our recorded words. */
  function voice() {
    if (silent || !("speechSynthesis" in window)) return null;
    var hindi = speechSynthesis.getVoices().filter(function (one) { return /^hi([-_]|$)/i.test(one.lang); });
    return hindi.find(function (one) { return one.localService !== false; }) || hindi[0] || null;
  }

  function say(words) {
    var hindi = voice();
    body.dataset.voice = hindi ? "own" : "recorded";
    if (!hindi) return recorded(words);
    return spoken(words, hindi).catch(function () {
      silent = true;
      return say(words);
    });
  }

  /* Fails with a voice that is listed and says nothing: some are at their maker's, and a hospital has no line there. */
  function spoken(words, hindi) {
    return new Promise(function (done, failed) {
      var speech = new SpeechSynthesisUtterance(words), late = setTimeout(function () {
        failed();
        speechSynthesis.cancel();
      }, BEGINS_WITHIN);
      speech.voice = hindi;
      speech.lang = "hi-IN";
      speech.rate = 0.85;
      speech.onstart = function () { clearTimeout(late); };
      speech.onend = done;
      speech.onerror = failed;
      speechSynthesis.speak(speech);
    });
  }

  function load() {
    function ask(url, how) { return fetch(url, { credentials: "omit" }).then(function (answer) { return answer[how](); }); }
    clips = clips || Promise.all([
      ask(body.dataset.clips, "json"),
      ask(body.dataset.sound, "arrayBuffer").then(function (bytes) {
        return new Promise(function (done, failed) { audio.decodeAudioData(bytes, done, failed); });
      }),
    ]).catch(function (error) {
      clips = null; // the next call tries again
      throw error;
    });
    return clips;
  }

  function recorded(words) {
    return load().then(function (loaded) {
      var at = audio.currentTime + 0.05;
      pieces(words, loaded[0]).forEach(function (place) {
        var clip = audio.createBufferSource();
        clip.buffer = loaded[1];
        clip.connect(audio.destination);
        clip.start(at, place[0], place[1] - place[0]);
        at += place[1] - place[0] + 0.06;
      });
      return pause((at - audio.currentTime) * 1000 + 300);
    });
  }

  /* Two words together where they were recorded together, then single ones; what was never recorded is left out. */
  function pieces(words, places) {
    var list = words.replace(/,/g, " ").split(/\s+/), found = [];
    while (list.length) {
      var two = places[list.slice(0, 2).join(" ")], one = places[list[0].toUpperCase()];
      if (two || one) found.push(two || one);
      list.splice(0, two ? 2 : 1);
    }
    return found;
  }

  function loud() {
    sound.hidden = true;
    body.dataset.sounds = "";
    load().catch(function () {}); // also where it has a voice: that may say nothing
  }

  function start() {
    var Kind = window.AudioContext || window.webkitAudioContext;
    audio = audio || new Kind();
    audio.resume().then(function () {
      if (audio.state === "running") loud();
    });
    if (document.documentElement.requestFullscreen) document.documentElement.requestFullscreen().catch(function () {});
    if (navigator.wakeLock) navigator.wakeLock.request("screen").catch(function () {});
  }

  if (window.AudioContext || window.webkitAudioContext) {
    sound.hidden = false;
    sound.addEventListener("click", start);
  }
  if ("speechSynthesis" in window) speechSynthesis.getVoices(); // some browsers load them when first asked
  hear(false);
  again();
})();
