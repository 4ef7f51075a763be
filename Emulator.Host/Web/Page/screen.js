// The machine's screen: a viewer of RFB 3.8 (RFC 6143) over a WebSocket, on a canvas. Pixels come raw, keys go with their XT codes
// (QEMU's extended key event), so that the guest sees the keys pressed and not what they mean on the host.
const encodings = { raw: 0, desktopSize: -223, extendedKey: -258 };
const messages = { setPixelFormat: 0, setEncodings: 2, request: 3, pointer: 5, qemu: 255 };
const noSecurity = 1;

// A key's place in this list is its XT code; the keys that came later have the codes below, 80h for the prefix E0h.
const codes = new Map(("- Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace Tab "
    + "KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter ControlLeft "
    + "KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote ShiftLeft Backslash "
    + "KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock "
    + "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd "
    + "Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal - - IntlBackslash F11 F12").split(" ").map((name, code) => [name, code]));
for (const [name, code] of Object.entries({
    NumpadEnter: 0x9c, ControlRight: 0x9d, NumpadDivide: 0xb5, PrintScreen: 0xb7, AltRight: 0xb8, Pause: 0xc6, Home: 0xc7, ArrowUp: 0xc8,
    PageUp: 0xc9, ArrowLeft: 0xcb, ArrowRight: 0xcd, End: 0xcf, ArrowDown: 0xd0, PageDown: 0xd1, Insert: 0xd2, Delete: 0xd3,
    MetaLeft: 0xdb, MetaRight: 0xdc, ContextMenu: 0xdd })) {
    codes.set(name, code);
}

/** The bytes of a WebSocket, as many at a time as are asked for. */
class ByteStream {
    constructor(socket) {
        this.parts = [];
        this.length = 0;
        this.isOver = false;
        this.wake = () => {};
        socket.binaryType = "arraybuffer";
        socket.onmessage = (message) => {
            this.parts.push(new Uint8Array(message.data));
            this.length += message.data.byteLength;
            this.wake();
        };
        socket.onclose = () => {
            this.isOver = true;
            this.wake();
        };
    }

    async read(count) {
        while (this.length < count) {
            if (this.isOver) {
                throw new Error("the connection is closed");
            }
            await new Promise((resolve) => { this.wake = resolve; });
        }
        const bytes = new Uint8Array(count);
        for (let have = 0; have < count;) {
            const part = this.parts[0].subarray(0, count - have);
            bytes.set(part, have);
            have += part.length;
            this.parts[0] = this.parts[0].subarray(part.length);
            if (this.parts[0].length === 0) {
                this.parts.shift();
            }
        }
        this.length -= count;
        return new DataView(bytes.buffer);
    }
}

/** Shows the screen on a canvas until the connection ends, which the promise then tells. */
export async function showScreen(canvas, url) {
    const socket = new WebSocket(url);
    const stream = new ByteStream(socket);
    const picture = canvas.getContext("2d");
    const send = (...bytes) => socket.readyState === WebSocket.OPEN && socket.send(new Uint8Array(bytes.flat()));
    const u16 = (value) => [(value >> 8) & 255, value & 255];
    const u32 = (value) => [...u16(value >> 16), ...u16(value)];
    const resize = (width, height) => { [canvas.width, canvas.height] = [width, height]; };
    const request = (incremental) => send(messages.request, incremental, u32(0), u16(canvas.width), u16(canvas.height));

    await begin();
    attachInput();
    request(0);
    canvas.dataset.state = "connected";
    try {
        for (;;) {
            await takeUpdate();
            request(1);
        }
    } finally {
        canvas.dataset.state = "disconnected";
    }

    async function begin() {
        await stream.read(12);
        socket.send(new TextEncoder().encode("RFB 003.008\n"));
        await stream.read((await stream.read(1)).getUint8(0));
        send(noSecurity);
        await stream.read(4);
        send(1);
        const size = await stream.read(4 + 16);
        resize(size.getUint16(0), size.getUint16(2));
        await stream.read((await stream.read(4)).getUint32(0));
        // 32 bits, 24 of them colour, in the order of the canvas: red, green, blue.
        send(messages.setPixelFormat, 0, 0, 0, 32, 24, 0, 1, u16(255), u16(255), u16(255), 0, 8, 16, 0, 0, 0);
        const wanted = Object.values(encodings);
        send(messages.setEncodings, 0, u16(wanted.length), wanted.flatMap(u32));
    }

    async function takeUpdate() {
        const head = await stream.read(4);
        for (let count = head.getUint16(2); count > 0; count--) {
            const rect = await stream.read(12);
            const [x, y, width, height] = [0, 2, 4, 6].map((at) => rect.getUint16(at));
            switch (rect.getInt32(8)) {
                case encodings.raw:
                    draw(new Uint8ClampedArray((await stream.read(width * height * 4)).buffer), x, y, width, height);
                    break;
                case encodings.desktopSize:
                    resize(width, height);
                    break;
            }
        }
    }

    function draw(pixels, x, y, width, height) {
        if (pixels.length > 0) {
            for (let alpha = 3; alpha < pixels.length; alpha += 4) {
                pixels[alpha] = 255;
            }
            picture.putImageData(new ImageData(pixels, width, height), x, y);
        }
    }

    function attachInput() {
        const pressed = new Set();
        const key = (code, down) => {
            down ? pressed.add(code) : pressed.delete(code);
            send(messages.qemu, 0, u16(down), u32(0), u32(code));
        };
        const onKey = (event) => {
            const code = codes.get(event.code);
            if (code !== undefined) {
                key(code, event.type === "keydown" ? 1 : 0);
                event.preventDefault();
            }
        };
        const point = (event, wheel = 0) => {
            const place = canvas.getBoundingClientRect();
            const at = (position, length, most) => Math.max(0, Math.min(most - 1, Math.floor(position * most / length)));
            // RFB's buttons are left, middle, right; the browser's left, right, middle.
            const buttons = (event.buttons & 1) | (event.buttons & 2) << 1 | (event.buttons & 4) >> 1;
            const where = [...u16(at(event.clientX - place.left, place.width, canvas.width)), ...u16(at(event.clientY - place.top, place.height, canvas.height))];
            send(messages.pointer, buttons | wheel, where);
            if (wheel) {
                send(messages.pointer, buttons, where);
            }
        };
        canvas.tabIndex = 0;
        canvas.onkeydown = canvas.onkeyup = onKey;
        canvas.onblur = () => [...pressed].forEach((code) => key(code, 0));
        canvas.oncontextmenu = (event) => event.preventDefault();
        canvas.onpointerdown = (event) => {
            canvas.focus();
            canvas.setPointerCapture(event.pointerId);
            point(event);
        };
        canvas.onpointermove = canvas.onpointerup = (event) => point(event);
        canvas.onwheel = (event) => {
            point(event, event.deltaY < 0 ? 8 : 16);
            event.preventDefault();
        };
    }
}
