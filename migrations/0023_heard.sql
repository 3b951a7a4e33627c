-- When another deployment was last heard is found without looking at what it said.
CREATE INDEX envelope_heard ON envelope (peer, received);
