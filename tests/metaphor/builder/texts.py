"""Texts in the wrong language and texts that say nothing, written by hand, one a line."""

FOREIGN_TO_ENGLISH = """
Le chat noir symbolise la malchance.
L'homme tient un parapluie rouge.
Cette image critique la société de consommation.
La bougie représente l'espoir.
Il y a trois oiseaux sur le fil.
Der Mann trägt eine schwere Last.
Die Kerze steht für Hoffnung.
Das Bild kritisiert die Gier der Reichen.
Im Hintergrund brennt eine Stadt.
Die Waage ist ein Symbol der Gerechtigkeit.
El pájaro simboliza la libertad.
La mujer mira hacia la ventana.
La imagen sugiere que el tiempo vuela.
Hay dos niños en la calle.
El muro separa a las dos familias.
La candela rappresenta la speranza.
L'uomo è prigioniero del suo telefono.
Il quadro critica la politica moderna.
O homem carrega uma mala pesada.
A vela representa a esperança.
A imagem mostra uma criança triste.
De man is gevangen in een kooi.
De vogel staat voor vrijheid.
Het schilderij toont een lege stoel.
Mannen bär en tung börda.
Bilden kritiserar girighet.
Człowiek trzyma czerwony parasol.
Obraz krytykuje chciwość.
Adam kırmızı bir şemsiye tutuyor.
Kuş özgürlüğü simgeliyor.
Burung itu melambangkan kebebasan.
Người đàn ông cầm một chiếc ô đỏ.
Mies kantaa raskasta taakkaa.
A férfi piros esernyőt tart.
Bărbatul ține o umbrelă roșie.
Muž drží červený deštník.
Птица символизирует свободу.
Мужчина держит зонт.
На картине изображена пустая комната.
Птах символізує свободу.
Ο άνδρας κρατά μια ομπρέλα.
הציפור מסמלת חופש.
الطائر يرمز إلى الحرية.
الرجل يحمل مظلة حمراء.
पक्षी स्वतंत्रता का प्रतीक है।
นกเป็นสัญลักษณ์ของอิสรภาพ
鳥は自由を象徴している。
男は赤い傘を持っています。
새는 자유를 상징한다.
남자가 빨간 우산을 들고 있다.
鸟象征自由。
画面中的男子拿着一把红伞。
这幅漫画讽刺了贪婪。
蜡烛代表希望。
""".strip().split("\n")

FOREIGN_TO_CHINESE = """
The bird symbolizes freedom.
The man holds a red umbrella.
The cartoon mocks greed.
A candle stands for hope.
The cage is open.
Two children are playing in the street.
The picture warns against haste.
It is raining.
The crown is upside down.
The old man sits alone on the bench.
The mirror is broken.
The wall divides them.
Money controls the puppet.
The tree grows out of a book.
The fish swims against the stream.
The clock is melting.
The lion wears a crown.
The door is locked.
The scales are not in balance.
The phone traps its owner.
L'oiseau symbolise la liberté.
L'homme tient un parapluie.
La bougie représente l'espoir.
La porte est fermée.
Der Vogel steht für Freiheit.
Der Mann hält einen Schirm.
Die Tür ist verschlossen.
Die Uhr schmilzt.
El pájaro simboliza la libertad.
La puerta está cerrada.
El reloj se derrite.
La vela representa la esperanza.
Птица символизирует свободу.
Дверь закрыта.
Часы тают.
Мужчина держит зонт.
الطائر يرمز إلى الحرية.
الباب مغلق.
पक्षी स्वतंत्रता का प्रतीक है।
นกเป็นสัญลักษณ์ของอิสรภาพ
鳥は自由を象徴している。
男は赤い傘を持っています。
ドアは閉まっている。
時計が溶けている。
ろうそくは希望を表す。
この絵は欲望を風刺しています。
새는 자유를 상징한다.
남자가 빨간 우산을 들고 있다.
문이 닫혀 있다.
시계가 녹고 있다.
촛불은 희망을 나타낸다.
Chim tượng trưng cho tự do.
""".strip().split("\n")

BOILERPLATE = """
As an AI language model, I cannot see images.
As an AI, I don't have the ability to view pictures.
I'm sorry, but I can't assist with that request.
I'm unable to view the image you mentioned.
I cannot see the image.
I can't view the picture, so I cannot judge it.
I am just a language model.
Sorry, the image could not be loaded.
No image was provided.
Please provide the image so I can help.
Please upload the picture again.
Here are ten true/false statements about the image.
I hope this helps!
Let me know if you need more statements.
Certainly! Here are the statements you asked for.
Sure, here are some statements.
This image shows an interesting scene.
The picture shows various things.
The image conveys a deep message.
This picture has a profound meaning.
The artwork expresses an idea.
The image contains several different elements.
There are many details in the picture.
The artist wants to convey a message to the viewer.
The picture makes the viewer think about life.
The illustration is visually interesting.
It is a meaningful and creative image.
The image tells a story about society.
This cartoon is very thought-provoking.
The scene is quite interesting.
The picture expresses a certain emotion.
The image depicts a particular concept in a creative way.
The picture has many colourful elements.
The photo shows something important.
The poster conveys a powerful message.
Statement
N/A
...
<insert statement here>
Lorem ipsum dolor sit amet.
[your statement]
True.
The image cannot be displayed.
My training data does not include this picture.
I don't have access to the picture itself.
I apologize, but the image is not visible to me.
This is a nice picture with a good message.
The image invites reflection on the meaning of life.
The picture shows a scene from everyday life with deeper meaning.
aaaaaaaaaaaaaaaa
""".strip().split("\n")

BOILERPLATE_ZH = """
作为一个人工智能，我无法查看图片。
抱歉，我不能完成这个请求。
我看不到这张图片。
请您上传图片。
没有提供图片。
以下是十条判断题陈述：
希望这些陈述对您有帮助。
这张图片展示了一个有趣的场景。
这幅画具有深刻的含义。
画面内容非常丰富。
这幅漫画引人深思。
图片表达了某种情感。
作品传达了重要的信息。
画面中有许多细节。
暂无
陈述
""".strip().split("\n")
