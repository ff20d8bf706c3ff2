"""Starts and finds the servers that a data folder needs: PostgreSQL and Valkey, embedded or given by address.

Standard library only, because it runs before Django loads. It must not know tables, settings or business words.
"""
