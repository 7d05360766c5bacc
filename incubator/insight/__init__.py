"""第五至十二条: looking over the register: whom a changed standard would reach, and who will fall behind.

Read only: nothing here decides or writes.
"""
