"""What every run was: who ran what, when and how, and all its events; in the state folder."""
