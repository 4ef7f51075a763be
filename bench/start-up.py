#!/usr/bin/env python3
"""Time from the process's start to the guest's first instructions, seen from outside.

The kernel given is loaded as it is, its 64-bit entry point overwritten by five instructions: write '!' to the first serial port, reset
the machine by the keyboard controller. With -no-reboot the emulator then hands over the character and ends. What is measured is the time
until the character arrives in the pipe, so a little more than the time to the first instruction.

usage: start-up.py [-n RUNS] KERNEL INITRD COMMAND...
       start-up.py vmlinuz initrd.gz dotnet Emulator.Host/bin/Release/net10.0/emulator.dll
Several commands are taken in turn, run by run, when they are separated by '--'; NAME=VALUE words before a command go to its environment.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

ENTRY = bytes([0x66, 0xBA, 0xF8, 0x03, 0xB0, ord("!"), 0xEE, 0xB0, 0xFE, 0xE6, 0x64, 0xEB, 0xFE])


def patched(kernel):
    image = bytearray(open(kernel, "rb").read())
    at = ((image[0x1F1] or 4) + 1) * 512 + 0x200
    image[at:at + len(ENTRY)] = ENTRY
    file = tempfile.NamedTemporaryFile(prefix="start-up-", suffix=".vmlinuz")
    file.write(image)
    file.flush()
    return file


def run(command, kernel, initrd):
    env = dict(os.environ)
    words = list(command)
    while "=" in words[0]:
        name, value = words.pop(0).split("=", 1)
        env[name] = value
    words += ["-m", "512", "-nographic", "-no-reboot", "-kernel", kernel, "-initrd", initrd, "-append", "console=ttyS0 quiet"]
    start = time.monotonic()
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env)
    seen = process.stdout.read(1)
    taken = time.monotonic() - start
    process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if seen != b"!" or status != 0:
        sys.exit(f"{' '.join(command)}: no first instruction (read {seen!r}, status {status})")
    return taken * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def main():
    arguments = sys.argv[1:]
    runs = 11
    if arguments[:1] == ["-n"]:
        runs = int(arguments[1])
        arguments = arguments[2:]
    if len(arguments) < 3:
        sys.exit(__doc__)
    kernel, initrd = arguments[:2]
    commands = [[]]
    for word in arguments[2:]:
        if word == "--":
            commands.append([])
        else:
            commands[-1].append(word)
    times = [[] for _ in commands]
    with patched(kernel) as file:
        for i in range(runs + 1):
            for command, taken in zip(commands, times):
                result = run(command, file.name, initrd)
                if i > 0:
                    taken.append(result)
    for command, taken in zip(commands, times):
        wall = [item[0] for item in taken]
        cpu = statistics.median(item[1] for item in taken)
        print(f"first instruction after {statistics.median(wall):5.0f} ms (least {min(wall):.0f}, most {max(wall):.0f}), whole process {cpu:4.0f} ms of CPU: {' '.join(command)}")


main()
