// The web console: screen by noVNC, serial ports by xterm.js, the machine's buttons. Without those two libraries (a build
// without network), the screen is a picture fetched again and again, and the serial console is plain text.
const at = (path) => Object.assign(new URL(path, location.href), { protocol: "ws:" });
const element = (id) => document.getElementById(id);
const say = (text) => { element("message").textContent = text.trim(); };

let running = true;
let before = null;

async function act(action, drive = "", file = "") {
    const answer = await fetch(`api/${action}?` + new URLSearchParams({ drive, file }), { method: "POST" });
    say(await answer.text());
    await refresh();
}

async function refresh() {
    const status = await (await fetch("api/status")).json();
    running = status.running;
    document.title = element("name").textContent = status.name;
    element("pause").textContent = running ? "Pause" : "Resume";
    document.body.dataset.running = running;
    const seconds = before ? (status.nanoseconds - before.nanoseconds) / 1e9 : 0;
    const rate = seconds > 0 ? ((status.instructions - before.instructions) / seconds / 1e6).toFixed(1) : "0.0";
    element("counters").textContent = `${running ? "running" : "paused"}, ${rate} million instructions/s, ${status.instructions} in all`;
    element("engine").textContent = status.engine;
    showDrives(status.drives);
    before = status;
    return status;
}

function showDrives(drives) {
    const place = element("drives");
    place.replaceChildren(...drives.map((drive) => {
        const button = document.createElement("button");
        button.textContent = `${drive.name}: ${drive.medium ?? "empty"}`;
        button.onclick = () => {
            const file = prompt(`Image file for ${drive.name} (a path on the host; nothing ejects)`);
            if (file !== null) {
                file ? act("change", drive.name, file) : act("eject", drive.name);
            }
        };
        return button;
    }));
}

async function openScreen(hasViewer) {
    const place = element("screen");
    if (hasViewer) {
        const { default: RFB } = await import("./novnc/core/rfb.js");
        const rfb = new RFB(place, at("vnc").href, { shared: true });
        rfb.addEventListener("connect", () => { place.dataset.state = "connected"; });
        rfb.addEventListener("disconnect", () => { place.dataset.state = "disconnected"; say("the screen is disconnected"); });
        return;
    }

    const picture = new Image();
    place.append(picture);
    place.dataset.state = "pictures";
    say("built without network: the screen is shown as pictures, without keys and mouse");
    picture.onload = picture.onerror = () => setTimeout(next, 300);
    const next = () => { picture.src = "screen.png?" + Date.now(); };
    next();
}

function openSerial(port, hasTerminal) {
    const place = element("serial");
    const socket = new WebSocket(at(`serial/${port}`).href);
    socket.binaryType = "arraybuffer";
    const send = (text) => socket.send(new TextEncoder().encode(text));
    let write;
    if (hasTerminal) {
        const terminal = new Terminal({ convertEol: false, scrollback: 5000 });
        terminal.open(place);
        terminal.onData(send);
        write = (bytes) => terminal.write(bytes);
        window.serialTerminal = terminal;
    } else {
        const text = document.createElement("pre");
        const decoder = new TextDecoder();
        text.tabIndex = 0;
        text.onkeydown = (event) => {
            const special = { Enter: "\r", Backspace: "\x7f", Tab: "\t", Escape: "\x1b" };
            const key = event.ctrlKey && event.key.length === 1 ? String.fromCharCode(event.key.toUpperCase().charCodeAt(0) & 31)
                : special[event.key] ?? (event.key.length === 1 ? event.key : "");
            if (key) {
                send(key);
                event.preventDefault();
            }
        };
        write = (bytes) => {
            text.textContent = (text.textContent + decoder.decode(bytes, { stream: true })).slice(-100000);
            text.scrollTop = text.scrollHeight;
        };
        place.append(text);
    }

    socket.onopen = () => { place.dataset.state = "connected"; };
    socket.onmessage = (message) => write(new Uint8Array(message.data));
}

element("pause").onclick = () => act(running ? "stop" : "cont");
for (const button of document.querySelectorAll("button[data-action]")) {
    button.onclick = () => act(button.dataset.action, "", button.dataset.file ?? "");
}

const status = await refresh();
setInterval(() => refresh().catch(() => say("the emulator has ended")), 1000);
await openScreen(status.viewer);
if (status.serialPorts > 0) {
    openSerial(0, status.terminal);
}
