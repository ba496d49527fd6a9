"""The unit on a 64-bit ARM that this machine only imitates: its programs (QEMU user mode), its whole system (a VM)."""
