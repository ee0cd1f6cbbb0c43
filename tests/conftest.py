"""Stands here so that tests in the folders below can import what they share from this one."""
