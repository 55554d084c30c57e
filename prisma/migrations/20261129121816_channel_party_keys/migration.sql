-- CreateTable
CREATE TABLE "channel_party_key" (
    "party" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "certificate" TEXT NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "until_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL,
    "by" TEXT NOT NULL,
    "integrity" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "channel_party_key_pkey" PRIMARY KEY ("party","id")
);
