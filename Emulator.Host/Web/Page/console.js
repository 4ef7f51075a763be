// The web console: the screen, the first serial port, and the machine's buttons.
import { showScreen } from "./screen.js";
import { Terminal } from "./terminal.js";

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

function openSerial(port) {
    const place = element("serial");
    const socket = new WebSocket(at(`serial/${port}`).href);
    const terminal = new Terminal(place, (text) => socket.send(new TextEncoder().encode(text)));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { place.dataset.state = "connected"; };
    socket.onmessage = (message) => terminal.write(new Uint8Array(message.data));
}

element("pause").onclick = () => act(running ? "stop" : "cont");
for (const button of document.querySelectorAll("button[data-action]")) {
    button.onclick = () => act(button.dataset.action, "", button.dataset.file ?? "");
}

const status = await refresh();
setInterval(() => refresh().catch(() => say("the emulator has ended")), 1000);
if (status.serialPorts > 0) {
    openSerial(0);
}
showScreen(element("screen"), at("vnc").href).catch((failure) => say(`the screen: ${failure.message}`));
