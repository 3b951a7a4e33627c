-- Changes of rights are counted on PostgreSQL; here the file beside the store grows with each.
CREATE TABLE rights (version BIGINT NOT NULL);
