// Requests to the service. Each try has a time limit; one that gets no answer, or a server's error, is tried once more.
// That is safe for a signup too: with the same token and the same content it is the same signup.

const TIME_LIMIT_MS = 10000;
const MOST_WAIT_MS = 5000; // before the second try, whatever Retry-After says

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

class Service {
  constructor(address) {
    this.address = address;
  }

  // `signal` gives a request up that is no longer of use; `tries` is 1 where the next key press asks again.
  get(path, { signal, tries = 2 } = {}) {
    return this.#ask(path, {}, tries, signal);
  }

  post(path, body) {
    const headers = { "Content-Type": "application/json" };
    return this.#ask(path, { method: "POST", headers, body: JSON.stringify(body) }, 2);
  }

  async #ask(path, options, tries, signal) {
    for (let left = tries - 1; ; left -= 1) {
      try {
        const answer = await this.#once(path, options, signal);
        if (answer.status < 500 || left === 0) return answer;
        await pause(Math.min(answer.retryAfterMs, MOST_WAIT_MS));
      } catch (failure) {
        if (left === 0 || (signal && signal.aborted)) throw failure;
      }
    }
  }

  async #once(path, options, signal) {
    const limit = new AbortController();
    const stop = () => limit.abort();
    const timer = setTimeout(stop, TIME_LIMIT_MS);
    if (signal) signal.addEventListener("abort", stop);
    try {
      const response = await fetch(this.address + path, { ...options, credentials: "omit", signal: limit.signal });
      const text = await response.text();
      const retryAfterMs = (Number(response.headers.get("Retry-After")) || 1) * 1000;
      return { status: response.status, retryAfterMs, body: parsed(text) };
    } finally {
      clearTimeout(timer);
      if (signal) signal.removeEventListener("abort", stop);
    }
  }
}

// A proxy's own error is no JSON.
function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// The short word at the end of a problem's type: "form-token", "address-typo".
function problemOf(answer) {
  return String(answer.body.type || "").split(":").pop();
}
