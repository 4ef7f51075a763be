// A serial console: a terminal of 80 columns that knows what Linux consoles and boot loaders send of ECMA-48 (cursor, erasing,
// inserting, colours) and passes over the rest.
const columns = 80;
const rows = 25;
const mostLines = 2000;
const longestSequence = 256;
const palette = ["#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5",
    "#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff"];
const plain = { ink: 7, paper: 0, inverse: false };
const blank = { letter: " ", style: plain };

const keys = {
    Enter: "\r", Backspace: "\x7f", Tab: "\t", Escape: "\x1b", ArrowUp: "\x1b[A", ArrowDown: "\x1b[B", ArrowRight: "\x1b[C", ArrowLeft: "\x1b[D",
    Home: "\x1b[H", End: "\x1b[F", Insert: "\x1b[2~", Delete: "\x1b[3~", PageUp: "\x1b[5~", PageDown: "\x1b[6~",
    F1: "\x1bOP", F2: "\x1bOQ", F3: "\x1bOR", F4: "\x1bOS", F5: "\x1b[15~", F6: "\x1b[17~", F7: "\x1b[18~", F8: "\x1b[19~",
    F9: "\x1b[20~", F10: "\x1b[21~", F11: "\x1b[23~", F12: "\x1b[24~",
};

export class Terminal {
    /** Draws in an element; what is typed goes to send. */
    constructor(place, send) {
        this.place = place;
        this.send = send;
        this.lines = [];
        this.top = 0; // the first of the lines that the guest can reach
        this.row = this.column = 0;
        this.style = plain;
        this.sequence = null; // what came of an escape sequence
        this.decoder = new TextDecoder();
        this.changed = new Set();
        this.cursorLine = 0;
        place.tabIndex = 0;
        place.onkeydown = (event) => this.type(event);
        place.onpaste = (event) => {
            send(event.clipboardData.getData("text").replaceAll("\n", "\r"));
            event.preventDefault();
        };
    }

    write(bytes) {
        for (const letter of this.decoder.decode(bytes, { stream: true })) {
            this.sequence === null ? this.put(letter) : this.follow(letter);
        }
        this.draw();
    }

    type(event) {
        const text = event.ctrlKey && /^[a-z@[\\\]^_ ]$/i.test(event.key) ? String.fromCharCode(event.key.toUpperCase().charCodeAt(0) & 31)
            : event.ctrlKey || event.metaKey ? undefined : keys[event.key] ?? (event.key.length === 1 ? event.key : undefined);
        if (text !== undefined) {
            this.send(event.altKey ? "\x1b" + text : text);
            event.preventDefault();
        }
    }

    put(letter) {
        switch (letter) {
            case "\x1b": this.sequence = ""; break;
            case "\r": this.column = 0; break;
            case "\n": this.feed(); break;
            case "\b": this.column = Math.max(0, this.column - 1); break;
            case "\t": this.column = Math.min(columns - 1, (this.column | 7) + 1); break;
            default:
                if (letter >= " ") {
                    this.print(letter);
                }
        }
    }

    print(letter) {
        if (this.column === columns) {
            this.column = 0;
            this.feed();
        }
        this.line()[this.column++] = { letter, style: this.style };
    }

    feed() {
        if (this.row < rows - 1) {
            this.row++;
            return;
        }
        this.top++;
        if (this.lines.length > mostLines) {
            const gone = this.lines.length - mostLines;
            this.lines.splice(0, gone);
            this.top -= gone;
            [...this.place.children].slice(0, gone).forEach((element) => element.remove());
            this.changed = new Set([...this.changed].map((number) => number - gone));
            this.cursorLine -= gone;
        }
    }

    line(row = this.row) {
        const number = this.top + row;
        while (this.lines.length <= number) {
            this.changed.add(this.lines.length);
            this.lines.push([]);
        }
        this.changed.add(number);
        const line = this.lines[number];
        while (row === this.row && line.length < Math.min(this.column, columns)) {
            line.push(blank);
        }
        return line;
    }

    // ESC [ parameters letter; other sequences are passed over: operating system commands to their end, the rest after one letter.
    follow(letter) {
        this.sequence += letter;
        const isWhole = this.sequence[0] === "[" ? this.sequence.length > 1 && letter >= "@"
            : this.sequence[0] === "]" ? letter === "\x07" || letter === "\\"
            : !"()#% ".includes(letter);
        if (isWhole || this.sequence.length > longestSequence) {
            if (this.sequence[0] === "[" && /^\[[0-9;]*[^0-9;]$/.test(this.sequence)) {
                this.control(letter, this.sequence.slice(1, -1).split(";").map(Number));
            } else if (this.sequence === "M") {
                this.row = Math.max(0, this.row - 1);
            }
            this.sequence = null;
        }
    }

    control(letter, parameters) {
        const first = parameters[0];
        const count = Math.max(1, first);
        const to = (row, column) => {
            this.row = Math.max(0, Math.min(rows - 1, row));
            this.column = Math.max(0, Math.min(columns - 1, column));
        };
        switch (letter) {
            case "A": to(this.row - count, this.column); break;
            case "B": to(this.row + count, this.column); break;
            case "C": to(this.row, this.column + count); break;
            case "D": to(this.row, this.column - count); break;
            case "G": to(this.row, count - 1); break;
            case "d": to(count - 1, this.column); break;
            case "H": case "f": to(count - 1, Math.max(1, parameters[1] ?? 1) - 1); break;
            case "J": this.erase(first); break;
            case "K": this.eraseLine(first); break;
            case "@": this.line().splice(this.column, 0, ...Array(Math.min(count, columns)).fill(blank)); this.line().length = Math.min(this.line().length, columns); break;
            case "P": this.line().splice(this.column, count); break;
            case "n": if (first === 6) { this.send(`\x1b[${this.row + 1};${Math.min(columns, this.column + 1)}R`); } break;
            case "m": parameters.forEach((value) => this.colour(value)); break;
        }
    }

    erase(which) {
        this.eraseLine(which);
        const [from, to] = which === 0 ? [this.row + 1, rows] : which === 1 ? [0, this.row] : [0, rows];
        for (let row = from; row < to && this.top + row < this.lines.length; row++) {
            this.line(row).length = 0;
        }
    }

    eraseLine(which) {
        const line = this.line();
        if (which === 0) {
            line.length = Math.min(line.length, this.column);
        } else {
            line.fill(blank, 0, which === 1 ? this.column + 1 : line.length);
        }
    }

    colour(value) {
        const style = { ...this.style };
        if (value === 0) { Object.assign(style, plain); }
        else if (value === 1) { style.ink |= 8; }
        else if (value === 22) { style.ink &= 7; }
        else if (value === 7 || value === 27) { style.inverse = value === 7; }
        else if (value >= 30 && value <= 37) { style.ink = value - 30 | style.ink & 8; }
        else if (value === 39) { style.ink = plain.ink; }
        else if (value >= 40 && value <= 47) { style.paper = value - 40; }
        else if (value === 49) { style.paper = plain.paper; }
        else if (value >= 90 && value <= 97) { style.ink = value - 82; }
        else if (value >= 100 && value <= 107) { style.paper = value - 92; }
        this.style = style;
    }

    draw() {
        const place = this.place;
        const isAtEnd = place.scrollTop + place.clientHeight >= place.scrollHeight - 4;
        this.line();
        for (const number of [...this.changed, this.cursorLine].filter((item) => item >= 0)) {
            while (place.children.length <= number) {
                place.append(document.createElement("div"));
            }
            place.children[number].replaceChildren(...this.spans(number));
        }
        this.cursorLine = this.top + this.row;
        this.changed.clear();
        if (isAtEnd) {
            place.scrollTop = place.scrollHeight;
        }
    }

    // Letters of one style each; the cursor is a letter of its own.
    spans(number) {
        const line = this.lines[number] ?? [];
        const cursor = number === this.top + this.row ? Math.min(this.column, columns - 1) : -1;
        const spans = [];
        let last = null;
        for (let column = 0; column < Math.max(line.length, cursor + 1); column++) {
            const { letter, style } = line[column] ?? blank;
            if (last === null || last.style !== style || column === cursor || column === cursor + 1) {
                const span = document.createElement("span");
                const inverse = style.inverse !== (column === cursor);
                span.style.color = palette[inverse ? style.paper : style.ink];
                span.style.background = palette[inverse ? style.ink : style.paper];
                spans.push(span);
                last = { span, style };
            }
            last.span.textContent += letter;
        }
        return spans;
    }
}
