"""The paper's open question: do a network and GrabCut together beat either?"""
