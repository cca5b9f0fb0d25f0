"""The engine of FKS: a process that keeps the market, the orders and the money, and serves desks."""
