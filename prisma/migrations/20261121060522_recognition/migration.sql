-- CreateTable
CREATE TABLE "recognition_challenge" (
    "id" TEXT NOT NULL,
    "client" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "thumbprint" TEXT,
    "text" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "consumed_at" TIMESTAMPTZ(3),

    CONSTRAINT "recognition_challenge_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recognition_usage" (
    "day" TEXT NOT NULL,
    "client" TEXT NOT NULL,
    "ca" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "recognition_usage_pkey" PRIMARY KEY ("day","client","ca","region","kind","outcome")
);

-- CreateIndex
CREATE INDEX "recognition_challenge_expires_at_idx" ON "recognition_challenge"("expires_at");

-- Flow state, as with the login: after a crash of the server this table is empty, and a challenge under way is unknown and refused.
ALTER TABLE "recognition_challenge" SET UNLOGGED;
