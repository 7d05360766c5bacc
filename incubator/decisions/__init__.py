"""第八、十条: documents with legal effect and what they change in the register (A8-5, A10-1, AMB-24, AMB-25).

One document decides many bases, all or nothing. Its number and date are those of the paper; the date decides the
validity. Who recorded the deliberation does not issue the document.
"""
