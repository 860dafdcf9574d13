"""A program that ends by nothing but a signal."""

from threading import Event

print("on", flush=True)
Event().wait()
