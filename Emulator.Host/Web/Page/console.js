// The web console: the screen, the serial ports, and the machine's buttons.
import { Screen } from "./screen.js";
import { Terminal } from "./terminal.js";

const refreshEvery = 1000;
const combinations = ["ctrl-alt-f1", "ctrl-alt-f2", "ctrl-alt-f3", "ctrl-alt-f7", "ctrl-alt-backspace", "alt-tab", "alt-f4", "meta_l", "alt-sysrq-h", "print", "pause"];

const at = (path) => Object.assign(new URL(path, location.href), { protocol: location.protocol === "https:" ? "wss:" : "ws:" });
const element = (id) => document.getElementById(id);
const say = (text) => { element("message").textContent = text.trim(); };
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let before = null;

function show(state) {
    document.body.dataset.state = element("state").textContent = state;
    element("pause").textContent = state === "paused" ? "Resume" : "Pause";
    document.querySelectorAll("header button, header select").forEach((control) => { control.disabled = state === "ended"; });
}

async function act(action, drive = "", file = "") {
    try {
        const answer = await fetch(`api/${action}?` + new URLSearchParams({ drive, file }), { method: "POST" });
        say(await answer.text());
    } catch {
        say("the emulator does not answer");
    }
    await refresh();
}

async function refresh() {
    let status;
    try {
        status = await (await fetch("api/status")).json();
    } catch {
        show("ended");
        return null;
    }
    show(status.running ? "running" : "paused");
    document.title = element("name").textContent = status.name;
    const seconds = before ? (status.nanoseconds - before.nanoseconds) / 1e9 : 0;
    const rate = seconds > 0 ? ((status.instructions - before.instructions) / seconds / 1e6).toFixed(1) : "0.0";
    element("counters").textContent = `${status.instructions.toLocaleString("en")} instructions in ${(status.nanoseconds / 1e9).toFixed(1)} s of the guest's time, `
        + `now ${rate} million a second`;
    element("engine").textContent = status.engine;
    showDrives(status.drives);
    before = status;
    return status;
}

// Buttons stay as long as the drives do, so that one that is being pressed is not taken away.
function showDrives(drives) {
    const place = element("drives");
    if (place.children.length !== drives.length) {
        place.replaceChildren(...drives.map(() => document.createElement("button")));
    }
    drives.forEach((drive, number) => {
        const button = place.children[number];
        const medium = drive.medium ?? "empty";
        const text = `${drive.name}: ${medium}`;
        if (button.textContent !== text) {
            button.textContent = text;
        }
        button.title = "Insert or eject";
        button.onclick = () => askForMedium(drive.name, medium);
    });
}

function askForMedium(drive, medium) {
    const dialog = element("medium");
    const input = dialog.querySelector("input");
    dialog.querySelector("h2").textContent = drive;
    dialog.querySelector("p").textContent = medium === "empty" ? "The drive is empty." : `The drive holds a medium of ${medium}.`;
    dialog.querySelector("[value=eject]").disabled = medium === "empty";
    dialog.returnValue = input.value = "";
    dialog.onclose = () => {
        if (dialog.returnValue !== "") {
            act(dialog.returnValue, drive, input.value);
        }
    };
    dialog.showModal();
}

let serial = null;

function openSerial(port) {
    const place = element("serial");
    if (serial) {
        serial.onclose = null;
        serial.close();
    }
    const socket = serial = new WebSocket(at(`serial/${port}`).href);
    const bytes = new TextEncoder();
    const terminal = new Terminal(place, (text) => socket.readyState === WebSocket.OPEN && socket.send(bytes.encode(text)));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { place.dataset.state = "connected"; };
    socket.onmessage = (message) => terminal.write(new Uint8Array(message.data));
    socket.onclose = async () => {
        place.dataset.state = "disconnected";
        await pause(refreshEvery);
        if (socket === serial) {
            openSerial(port);
        }
    };
}

// Whoever is sent away, or meets an emulator that was started anew, comes back.
async function keepScreen(screen) {
    for (;;) {
        await screen.show(at("vnc").href).catch(() => {});
        await pause(refreshEvery);
    }
}

const screen = new Screen(element("screen"));
screen.onsize = (width, height) => {
    element("size").textContent = `${width} × ${height}`;
    element("screen").style.setProperty("--aspect", width / height);
};
element("pause").onclick = () => act(document.body.dataset.state === "paused" ? "cont" : "stop");
for (const button of document.querySelectorAll("button[data-action]")) {
    button.onclick = () => act(button.dataset.action, "", button.dataset.file ?? "");
}
element("keys").append(...combinations.map((keys) => new Option(keys)));
element("keys").onchange = ({ target }) => {
    act("sendkey", "", target.value);
    target.value = "";
    element("screen").focus();
};
element("capture").onclick = () => screen.capture();
element("full").onclick = async () => {
    await element("view").requestFullscreen();
    // Where the browser can, Esc, Alt-Tab and their like go to the guest.
    await navigator.keyboard?.lock?.().catch(() => {});
    element("screen").focus();
};

const status = await refresh();
setInterval(refresh, refreshEvery);
if (status?.serialPorts > 0) {
    element("serials").hidden = false;
    element("port").append(...Array.from({ length: status.serialPorts }, (_, number) => new Option(`port ${number}`, number)));
    element("port").hidden = status.serialPorts < 2;
    element("port").onchange = ({ target }) => openSerial(target.value);
    openSerial(0);
}
keepScreen(screen);
