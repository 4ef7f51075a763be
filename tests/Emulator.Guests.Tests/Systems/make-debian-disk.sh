#!/usr/bin/env bash
# Makes a disk with Debian 12 (systemd, root's password is "debian") that starts by a BIOS and by UEFI, without mounting anything.
# As root: make-debian-disk.sh MIRROR IMAGE. Needs debootstrap, e2fsprogs, mtools, grub-common, grub-pc-bin, grub-efi-amd64-bin.
# Afterwards IMAGE belongs to whoever called sudo.
set -euo pipefail

mirror=$1 image=$2
root_start=2048 root_sectors=2097152 # in sectors of 512 bytes: 1 GiB for ext4
esp_start=$((root_start + root_sectors)) esp_sectors=32768

work=$(mktemp -d "$image.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root

packages=systemd-sysv,udev,dbus,kmod,linux-image-amd64,login,passwd,e2fsprogs
debootstrap --variant=minbase --include="$packages" bookworm "$root" "$mirror"

echo debian >"$root/etc/hostname"
echo '/dev/sda1 / ext4 errors=remount-ro 0 1' >"$root/etc/fstab"
echo 'root:debian' | chroot "$root" chpasswd
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}

mkdir -p "$root/boot/grub"
cat >"$root/boot/grub/grub.cfg" <<'EOF'
set timeout=1
menuentry "Debian GNU/Linux" {
    linux /vmlinuz root=/dev/sda1 ro console=tty0 console=ttyS0
    initrd /initrd.img
}
EOF
for platform in i386-pc x86_64-efi; do
    mkdir "$root/boot/grub/$platform"
    cp /usr/lib/grub/$platform/*.{mod,lst} "$root/boot/grub/$platform"
done

truncate -s $(((esp_start + esp_sectors) * 512)) "$work/disk"
mke2fs -q -t ext4 -d "$root" -E offset=$((root_start * 512)) "$work/disk" $((root_sectors / 2))k

# boot.img loads sector 1, where grub-mkimage's diskboot.img finds the rest of itself behind it.
grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o "$work/core" biosdisk part_msdos ext2 normal
dd status=none conv=notrunc if=/usr/lib/grub/i386-pc/boot.img of="$work/disk" bs=440 count=1
dd status=none conv=notrunc if="$work/core" of="$work/disk" bs=512 seek=1

# The EFI system partition, with GRUB in the place where firmware looks on any medium.
grub-mkimage -O x86_64-efi -p '(hd0,msdos1)/boot/grub' -o "$work/bootx64.efi" part_msdos ext2 normal
truncate -s $((esp_sectors * 512)) "$work/esp"
mformat -i "$work/esp" -h 64 -s 32 -t 16 ::
mmd -i "$work/esp" ::EFI ::EFI/BOOT
mcopy -i "$work/esp" "$work/bootx64.efi" ::EFI/BOOT/BOOTX64.EFI
dd status=none conv=notrunc if="$work/esp" of="$work/disk" bs=512 seek=$esp_start

# The partition table: status, an unused address, type, an unused address, start and length; then its mark.
number() { printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }
entry() { printf '\\x%02x\\xff\\xff\\xff\\x%02x\\xff\\xff\\xff%s%s' "$1" "$2" "$(number "$3")" "$(number "$4")"; }
printf '%b%b' "$(entry 0x80 0x83 $root_start $root_sectors)" "$(entry 0 0xef $esp_start $esp_sectors)" |
    dd status=none conv=notrunc of="$work/disk" bs=1 seek=446
printf '\x55\xaa' | dd status=none conv=notrunc of="$work/disk" bs=1 seek=510

chown "${SUDO_UID:-0}:${SUDO_GID:-0}" "$work/disk"
mv "$work/disk" "$image"
