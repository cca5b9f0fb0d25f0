"""A Binance Spot exchange as a real HTTP and WebSocket server that imports nothing of FKS."""
