"""What a template receives: frozen plain data, every figure already text. No querysets, no Decimals, no Django."""
