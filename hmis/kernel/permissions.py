"""What may be done with papers."""

PRINT_PAPER = "kernel.print_paper"
