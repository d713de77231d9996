from contextlib import contextmanager
@contextmanager
def open_table(source):
    yield None
