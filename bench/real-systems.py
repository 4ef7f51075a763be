#!/usr/bin/env python3
"""Seconds from the process's start to a text on the screen or the serial port, of boot media as Debian has them: the emulator with its own
BIOS, the emulator with SeaBIOS, and QEMU's TCG with SeaBIOS, in turn, system by system and run by run.

usage: real-systems.py [-n RUNS] [--only NAME[,NAME...]] [--output FILE] [--emulator COMMAND]
The files are those of installed packages, or of the cache folder that './emulator linux' and the tests fill. A system whose files are not
there is left out, by name. xorriso and grub-mkrescue make the discs.
"""
import argparse
import datetime
import glob
import json
import os
import platform
import re
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import time

LIMIT = 180
STEP = 0.02
CACHE = os.path.expanduser("~/.cache/emulator")
MENU = "set timeout=-1\nmenuentry \"Debian shell\" {\nlinux /boot/vmlinuz console=ttyS0 quiet\ninitrd /boot/initrd\n}\n"


class Missing(Exception):
    """A file or a program that is not there."""


def file_of(package, path):
    for found in ["/" + path] + sorted(glob.glob(f"{CACHE}/{package}_*/{path}")):
        if os.path.exists(found):
            return found
    raise Missing(f"{path} (package {package})")


def make(folder, name, command, files):
    content = os.path.join(folder, name)
    for place, source in files.items():
        target = os.path.join(content, place)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        data = source if isinstance(source, bytes) else open(source, "rb").read()
        open(target, "wb").write(data)
    image = content + ".iso"
    try:
        subprocess.run([word.replace("IMAGE", image).replace("CONTENT", content) for word in command],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as reason:
        raise Missing(str(reason))
    return image


def isolinux(folder, name, configuration, modules, extra=None):
    files = {"isolinux/isolinux.bin": file_of("isolinux", "usr/lib/ISOLINUX/isolinux.bin"), "isolinux/isolinux.cfg": configuration.encode()}
    for module in ["ldlinux", "libcom32", "libutil"] + modules:
        files[f"isolinux/{module}.c32"] = file_of("syslinux-common", f"usr/lib/syslinux/modules/bios/{module}.c32")
    files.update(extra or {})
    return make(folder, name, ["xorriso", "-as", "mkisofs", "-o", "IMAGE", "-b", "isolinux/isolinux.bin", "-c", "boot.cat",
                               "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "CONTENT"], files)


def cached(pattern):
    found = sorted(glob.glob(f"{CACHE}/{pattern}"))
    if not found:
        raise Missing(f"{pattern} of the cache: './emulator linux' fetches it")
    return found[-1]


def rescue(name):
    return file_of("grub-rescue-pc", f"usr/lib/grub-rescue/{name}")


def legacy_floppy(folder):
    image = b"".join(open(file_of("grub-legacy", f"usr/lib/grub/x86_64-pc/{part}"), "rb").read() for part in ("stage1", "stage2"))
    path = os.path.join(folder, "legacy.img")
    open(path, "wb").write(image.ljust(1440 * 1024, b"\0"))
    return path


# The fourth test runs, or a later one.
PASSED = re.compile("Test #([3-9]|10)")

# Name, what makes the arguments, and the steps: a text or a pattern on the screen, ('serial', text), ('key', name) or ('size', width, height).
SYSTEMS = [
    ("memtest86+ ISO, tests 0 to 2 over 32 MiB", lambda f: ["-m", "32", "-cdrom", file_of("memtest86+", "usr/lib/memtest86+/memtest86+x64.iso")], [PASSED, "Errors: 0"]),
    ("memtest86+ kernel, the same", lambda f: ["-m", "32", "-kernel", file_of("memtest86+", "boot/memtest86+x64.bin")], [PASSED, "Errors: 0"]),
    ("GRUB rescue CD, menu", lambda f: ["-m", "64", "-cdrom", rescue("grub-rescue-cdrom.iso")], ["OpenBSD"]),
    ("GRUB rescue floppy, menu", lambda f: ["-m", "64", "-drive", "if=floppy,format=raw,file=" + rescue("grub-rescue-floppy.img")], ["OpenBSD"]),
    ("GRUB Legacy floppy, prompt", lambda f: ["-m", "64", "-drive", "if=floppy,format=raw,file=" + legacy_floppy(f)], ["grub>"]),
    ("grub-mkrescue ISO, menu, then Debian's cloud kernel to a shell", lambda f: ["-m", "256", "-cdrom", make(
        f, "grub", ["grub-mkrescue", "-o", "IMAGE", "CONTENT"], {
            "boot/vmlinuz": cached("linux-image-*cloud-amd64_*/boot/vmlinuz-*"), "boot/initrd": cached("initramfs-amd64.cpio.gz"),
            "boot/grub/grub.cfg": MENU.encode()})], ["Debian shell", ("key", "ret"), ("serial", " # ")]),
    ("GRUB Invaders by -kernel", lambda f: ["-m", "32", "-kernel", file_of("grub-invaders", "boot/invaders.exec")], ["-*-"]),
    ("ISOLINUX with HDT, menu and submenu", lambda f: ["-m", "64", "-cdrom", isolinux(f, "hdt", "DEFAULT hdt.c32\n", ["hdt", "libgpl", "libmenu"])],
     ["Main Menu", ("key", "ret"), "The pci.ids file is missing"]),
    ("ISOLINUX vesamenu, picture", lambda f: ["-m", "64", "-cdrom", isolinux(
        f, "vesa", "UI vesamenu.c32\nLABEL one\nKERNEL one\n", ["vesamenu", "libgpl", "libmenu"])], [("size", 640, 480)]),
    ("MEMDISK with the GRUB Legacy floppy", lambda f: ["-m", "64", "-cdrom", isolinux(
        f, "memdisk", "DEFAULT m\nLABEL m\nKERNEL memdisk\nINITRD floppy.img\n", [],
        {"isolinux/memdisk": file_of("syslinux-common", "usr/lib/syslinux/memdisk"), "isolinux/floppy.img": legacy_floppy(f)})], ["grub>"]),
    ("iPXE ISO, shell", lambda f: ["-m", "64", "-cdrom", file_of("ipxe", "usr/lib/ipxe/ipxe.iso")], ["Ctrl-B", ("key", "ctrl-b"), "iPXE>"]),
    ("iPXE kernel, shell", lambda f: ["-m", "64", "-kernel", file_of("ipxe", "boot/ipxe.lkrn")], ["Ctrl-B", ("key", "ctrl-b"), "iPXE>"]),
    ("U-Boot x86 (-bios), prompt", lambda f: ["-m", "64", "-bios", file_of("u-boot-qemu", "usr/lib/u-boot/qemu-x86/u-boot.rom")], [("serial", "autoboot"), ("key", "ret"), ("serial", "=> ")]),
]


class Machine:
    """A process with a QMP socket."""

    def __init__(self, command, arguments, folder):
        self.folder = tempfile.mkdtemp(dir=folder)
        path = os.path.join(self.folder, "qmp")
        self.serial = os.path.join(self.folder, "serial")
        self.start = time.monotonic()
        self.process = subprocess.Popen(command + ["-display", "none", "-monitor", "none", "-qmp", f"unix:{path},server,nowait", "-serial", f"file:{self.serial}"]
                                        + arguments, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() - self.start > LIMIT:
                    raise RuntimeError(f"{shlex.join(command + arguments)}: ended {self.process.poll()}")
                time.sleep(STEP)
        self.stream = self.socket.makefile("rw")
        self.stream.readline()
        self.ask("qmp_capabilities")

    def ask(self, name, **arguments):
        self.stream.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.stream.flush()
        while line := self.stream.readline():
            answer = json.loads(line)
            if "return" in answer or "error" in answer:
                return answer
        raise RuntimeError("the machine ended")

    def screen(self):
        path = os.path.join(self.folder, "memory")
        self.ask("pmemsave", val=0xB8000, size=0x8000, filename=path)
        return open(path, "rb").read()[::2].decode("latin1")

    def size(self):
        path = os.path.join(self.folder, "picture.ppm")
        self.ask("screendump", filename=path)
        head = open(path, "rb").read(20).split() if os.path.exists(path) else []
        return tuple(int(word) for word in head[1:3])

    def is_there(self, step):
        if isinstance(step, str):
            return step in self.screen()
        if isinstance(step, re.Pattern):
            return step.search(self.screen()) is not None
        if step[0] == "size":
            return self.size() == step[1:]
        return os.path.exists(self.serial) and step[1] in open(self.serial, "rb").read().decode("latin1")

    def run(self, steps):
        for step in steps:
            if isinstance(step, tuple) and step[0] == "key":
                self.ask("human-monitor-command", **{"command-line": f"sendkey {step[1]}"})
                continue
            while not self.is_there(step):
                if time.monotonic() - self.start > LIMIT:
                    raise RuntimeError(f"no {step}")
                time.sleep(STEP)
        return time.monotonic() - self.start

    def end(self):
        self.process.kill()
        self.process.wait()
        self.socket.close()


def measure(command, arguments, steps, folder):
    machine = Machine(command, arguments, folder)
    try:
        return machine.run(steps)
    finally:
        machine.end()


def cell(times):
    if not times:
        return "-"
    return f"{statistics.median(times):.1f} ({min(times):.1f}-{max(times):.1f})" if len(times) > 1 else f"{times[0]:.1f}"


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--output")
    parser.add_argument("--emulator", default=os.path.join(root, "emulator"))
    options = parser.parse_args()
    emulator, qemu = shlex.split(options.emulator), ["qemu-system-x86_64", "-accel", "tcg", "-nic", "none"]
    lines, left_out = [], []
    with tempfile.TemporaryDirectory(prefix="real-systems-") as folder:
        for name, arguments_of, steps in SYSTEMS:
            if options.only and not any(word.lower() in name.lower() for word in options.only.split(",")):
                continue
            try:
                arguments = arguments_of(folder)
                sea_bios = ["-bios", file_of("seabios", "usr/share/seabios/bios-256k.bin")]
            except Missing as reason:
                left_out.append(f"{name}: {reason}")
                continue
            commands = [emulator, emulator + sea_bios, qemu]
            if "-bios" in arguments:
                commands[1] = None
            times = [[], [], []]
            for _ in range(options.n):
                for command, taken in zip(commands, times):
                    if command is not None:
                        try:
                            taken.append(measure(command, arguments, steps, folder))
                        except RuntimeError as reason:
                            print(f"{name}: {reason}", file=sys.stderr)
            lines.append(f"| {name} | {' | '.join(cell(taken) for taken in times)} |")
            print(lines[-1], flush=True)
    version = subprocess.run([qemu[0], "--version"], capture_output=True, text=True, check=False).stdout.split("\n")[0]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    head = [
        f"{datetime.date.today()}, {os.cpu_count()} cores ({platform.machine()}), load average at the end {load}; {version}; {options.n} runs each, in turn.",
        "", "| system | emulator, own BIOS: s | emulator, SeaBIOS: s | QEMU TCG, SeaBIOS: s |", "| --- | --- | --- | --- |",
    ]
    text = "\n".join(head + lines + [f"\nLeft out: {item}" for item in left_out]) + "\n"
    if options.output:
        open(options.output, "w").write(text)
    else:
        print("\n" + text)


main()
