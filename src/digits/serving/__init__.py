"""Digits over HTTP and on a page, and what people correct there."""
