"""The monitor: polls, recomputes, keeps the last good state, and alerts by rules that survive a restart.

config      the file; marks, wire, feeds: what comes in, and what is refused; market, figures: the books in it
rules       pure functions over observations; lifecycle: which finding becomes which notice
memory      alerts and outbox in one SQLite file; courier, channels: delivery
bus         newest state to any number of readers; engine: the loop
records, metrics, health    how it is shown
"""
