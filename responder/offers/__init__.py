"""Offers of help in posts, told apart from needs, and matched to what is needed.

noting     store the offers of posts that were just understood
deciding   use an offer for an incident, dismiss it, open it again
matching   incidents that an offer may serve, by kind and distance, with the reasons
"""
