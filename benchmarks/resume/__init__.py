"""Starts, leaves, resumes and stops at random: what is left at the end?"""
