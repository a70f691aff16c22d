"""The world's markets over the network: one file a vendor, one line each in ``registry.SOURCES``.

base       what a source is: items to ask for, and how an answer is read
http       the one client: retries, rate limits, conditional requests, redirects, sizes (address, answer)
memory     what is remembered between runs, in the store
engine     one sync: fetch, read, store, remember; a failure stays where it happened
registry   the sources
"""
