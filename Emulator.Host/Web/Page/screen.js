// The machine's screen: a viewer of RFB 3.8 (RFC 6143) over a WebSocket, on a canvas. Pixels come raw, keys go with their XT codes
// (QEMU's extended key event), so that the guest sees the keys pressed and not what they mean on the host.
const encodings = { raw: 0, desktopSize: -223, movement: -257, extendedKey: -258 };
const always = [encodings.raw, encodings.desktopSize, encodings.extendedKey];
const messages = { setPixelFormat: 0, setEncodings: 2, request: 3, key: 4, pointer: 5, qemu: 255 };
const noSecurity = 1;
const noMovement = 0x7fff; // where the mouse is told by its movement

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

const u16 = (value) => [(value >> 8) & 255, value & 255];
const u32 = (value) => [...u16(value >> 16), ...u16(value)];

/** The screen on a canvas, with the canvas's keys and mouse for the guest. */
export class Screen {
    constructor(canvas) {
        this.canvas = canvas;
        this.picture = canvas.getContext("2d", { alpha: false });
        this.pressed = new Set();
        this.socket = null;
        this.isReady = false;
        this.onsize = () => {};
        this.attachInput();
    }

    /** Shows it until the connection ends, which the promise then tells. */
    async show(url) {
        const socket = this.socket = new WebSocket(url);
        const stream = new ByteStream(socket);
        try {
            await this.begin(stream);
            this.isReady = true;
            this.canvas.dataset.state = "connected";
            for (let incremental = 0; ; incremental = 1) {
                this.send(messages.request, incremental, u32(0), u16(this.canvas.width), u16(this.canvas.height));
                await this.takeUpdate(stream);
            }
        } finally {
            this.isReady = false;
            socket.close();
            this.canvas.dataset.state = "disconnected";
        }
    }

    /** The mouse is the guest's alone, by its movement, until Esc. */
    capture() {
        this.canvas.focus();
        this.canvas.requestPointerLock();
    }

    get isCaptured() { return document.pointerLockElement === this.canvas; }

    send(...bytes) {
        if (this.socket?.readyState === WebSocket.OPEN) {
            this.socket.send(new Uint8Array(bytes.flat()));
        }
    }

    // Keys and mouse: a message of theirs amid the handshake would end the connection.
    tell(...bytes) {
        if (this.isReady) {
            this.send(...bytes);
        }
    }

    setEncodings() {
        const wanted = [...always, ...this.isCaptured ? [encodings.movement] : []];
        this.send(messages.setEncodings, 0, u16(wanted.length), wanted.flatMap(u32));
    }

    async begin(stream) {
        await stream.read(12);
        this.send(...new TextEncoder().encode("RFB 003.008\n"));
        await stream.read((await stream.read(1)).getUint8(0));
        this.send(noSecurity);
        await stream.read(4);
        this.send(1);
        const size = await stream.read(4 + 16);
        this.resize(size.getUint16(0), size.getUint16(2));
        await stream.read((await stream.read(4)).getUint32(0));
        // 32 bits, 24 of them colour, in the order of the canvas: red, green, blue.
        this.send(messages.setPixelFormat, 0, 0, 0, 32, 24, 0, 1, u16(255), u16(255), u16(255), 0, 8, 16, 0, 0, 0);
        this.setEncodings();
    }

    async takeUpdate(stream) {
        const head = await stream.read(4);
        for (let count = head.getUint16(2); count > 0; count--) {
            const rect = await stream.read(12);
            const [x, y, width, height] = [0, 2, 4, 6].map((at) => rect.getUint16(at));
            switch (rect.getInt32(8)) {
                case encodings.raw:
                    this.draw(new Uint8ClampedArray((await stream.read(width * height * 4)).buffer), x, y, width, height);
                    break;
                case encodings.desktopSize:
                    this.resize(width, height);
                    break;
            }
        }
    }

    resize(width, height) {
        [this.canvas.width, this.canvas.height] = [width, height];
        this.onsize(width, height);
    }

    draw(pixels, x, y, width, height) {
        if (pixels.length > 0) {
            for (let alpha = 3; alpha < pixels.length; alpha += 4) {
                pixels[alpha] = 255;
            }
            this.picture.putImageData(new ImageData(pixels, width, height), x, y);
        }
    }

    key(code, down) {
        down ? this.pressed.add(code) : this.pressed.delete(code);
        this.tell(messages.qemu, 0, u16(down), u32(0), u32(code));
    }

    // A character without a key of its own (touch keyboards, input methods): by its symbol, down and up.
    type(letter) {
        const symbol = { Enter: 0xff0d, Backspace: 0xff08, Tab: 0xff09, Escape: 0xff1b }[letter] ?? ([...letter].length === 1 ? letter.codePointAt(0) : 0);
        if (symbol) {
            [1, 0].forEach((down) => this.tell(messages.key, down, u16(0), u32(symbol < 256 || symbol >= 0xff00 ? symbol : 0x1000000 | symbol)));
        }
    }

    takeKey(event) {
        const code = codes.get(event.code);
        if (code !== undefined) {
            this.key(code, event.type === "keydown" ? 1 : 0);
        } else if (event.type === "keydown") {
            this.type(event.key);
        }
        event.preventDefault();
    }

    point(event, wheel = 0) {
        const place = this.canvas.getBoundingClientRect();
        const { width, height } = this.canvas;
        const inside = (value, most) => Math.max(0, Math.min(most, Math.floor(value)));
        const where = this.isCaptured
            ? [event.movementX, event.movementY].flatMap((value) => u16(inside(value + noMovement, 0xffff)))
            : [...u16(inside((event.clientX - place.left) * width / place.width, width - 1)), ...u16(inside((event.clientY - place.top) * height / place.height, height - 1))];
        // RFB's buttons are left, middle, right; the browser's left, right, middle.
        const buttons = (event.buttons & 1) | (event.buttons & 2) << 1 | (event.buttons & 4) >> 1;
        this.tell(messages.pointer, buttons | wheel, where);
        if (wheel) {
            this.tell(messages.pointer, buttons, this.isCaptured ? [...u16(noMovement), ...u16(noMovement)] : where);
        }
    }

    attachInput() {
        const canvas = this.canvas;
        canvas.tabIndex = 0;
        canvas.onkeydown = canvas.onkeyup = (event) => this.takeKey(event);
        canvas.onblur = () => [...this.pressed].forEach((code) => this.key(code, 0));
        canvas.oncontextmenu = (event) => event.preventDefault();
        canvas.onpointerdown = (event) => {
            canvas.focus();
            if (!this.isCaptured) {
                canvas.setPointerCapture(event.pointerId);
            }
            this.point(event);
            event.preventDefault();
        };
        canvas.onpointermove = canvas.onpointerup = (event) => this.point(event);
        canvas.onwheel = (event) => {
            this.point(event, event.deltaY < 0 ? 8 : 16);
            event.preventDefault();
        };
        document.addEventListener("pointerlockchange", () => this.isReady && this.setEncodings());
    }
}
