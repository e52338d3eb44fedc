"""The proxy: links, the pipeline between them, one session per client, and the listener. Trio lives here."""
